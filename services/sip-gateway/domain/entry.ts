/** Digits that a caller types: a conference's code, or a room's password. `#` ends them. */

export type EntryRules = {
  readonly tries: number;
  /** Without a key since the prompt. */
  readonly firstKeyMs: number;
  /** Between two keys: what is there then is taken as a whole. */
  readonly nextKeyMs: number;
  /** The same once there are as many digits as codes have. */
  readonly lastKeyMs: number;
  readonly mostDigits: number;
};

export type Entry = {
  readonly digits: string;
  /** Tries that were wrong. */
  readonly wrong: number;
};

export const emptyEntry: Entry = { digits: "", wrong: 0 };

export type Typed =
  | { readonly type: "more"; readonly entry: Entry; readonly waitMs: number }
  | { readonly type: "whole"; readonly digits: string }
  /** `*` with digits there. */
  | { readonly type: "cleared" }
  /** `*` without. */
  | { readonly type: "other-language" }
  | { readonly type: "nothing" };

/** `length`: digits of a whole code; 0: not known. */
export function typeKey(entry: Entry, key: string, length: number, rules: EntryRules): Typed {
  if (key === "#") return entry.digits === "" ? { type: "nothing" } : { type: "whole", digits: entry.digits };
  if (key === "*") return { type: entry.digits === "" ? "other-language" : "cleared" };
  if (!/^\d$/.test(key)) return { type: "nothing" };
  const digits = entry.digits + key;
  if (digits.length >= rules.mostDigits) return { type: "whole", digits };
  const waitMs = length > 0 && digits.length >= length ? rules.lastKeyMs : rules.nextKeyMs;
  return { type: "more", entry: { ...entry, digits }, waitMs };
}
