import { effect, type Signal, signal } from "@preact/signals-core";
import { remember, remembered } from "./remembered.ts";

/** A choice of this person that outlives the page; what is stored and does not pass the check is passed over. */
function kept<T>(key: string, fallback: T, isValid: (value: unknown) => value is T): Signal<T> {
  const stored = remembered(key);
  const choice = signal<T>(isValid(stored) ? stored : fallback);
  let isFirst = true;
  effect(() => {
    const { value } = choice;
    if (!isFirst) remember(key, value);
    isFirst = false;
  });
  return choice;
}

const isFlag = (value: unknown): value is boolean => typeof value === "boolean";

function oneOf<T extends string>(...values: readonly T[]) {
  return (value: unknown): value is T => values.includes(value as T);
}

export type Theme = "system" | "light" | "dark";

/** What people choose for themselves, kept in this browser. */
export class Settings {
  readonly theme = kept<Theme>("theme", "system", oneOf("system", "light", "dark"));
  readonly mirrorSelf = kept("mirrorSelf", true, isFlag);
  readonly hideSelf = kept("hideSelf", false, isFlag);
  readonly shortcuts = kept("shortcuts", true, isFlag);
}
