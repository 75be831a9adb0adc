import type { en } from "../lang/en/index.ts";

/** `_one`, `_few`, … belong to i18next: a key is asked for without them. */
type WithoutPlural<K extends string> = K extends `${infer Base}_${"one" | "few" | "many" | "other"}` ? Base : K;

type Paths<T, Prefix extends string = ""> = {
  [K in keyof T & string]: T[K] extends string ? `${Prefix}${WithoutPlural<K>}` : Paths<T[K], `${Prefix}${K}.`>;
}[keyof T & string];

/** `section.name`, as in `toolbar.raiseHand`. */
export type TextKey = Paths<typeof en>;

export interface Texts {
  readonly [section: string]: string | Texts;
}
