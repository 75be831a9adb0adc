import type { Language } from "../../i18n/i18n.ts";
import { WORDS, type WordLists } from "./words.ts";

const PATTERN: readonly (keyof WordLists)[] = ["qualities", "actors", "manners", "deeds", "colours", "things"];

/** A sentence of six words: easy to dictate over the telephone, and far too many of them to try. */
export function randomRoomName(language: Language, below: (limit: number) => number): string {
  return PATTERN.map((part) => pick(WORDS[language][part], below)).join("");
}

function pick(words: readonly string[], below: (limit: number) => number): string {
  return words[below(words.length)] ?? "";
}

/** A fair choice that nobody can foresee. */
export function secureBelow(limit: number): number {
  const fair = 2 ** 32 - (2 ** 32 % limit);
  for (;;) {
    const number = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    if (number < fair) return number % limit;
  }
}

export function spacedName(name: string): string {
  return name.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2");
}
