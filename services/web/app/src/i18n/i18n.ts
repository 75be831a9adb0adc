import { signal } from "@preact/signals-core";
import { type Dictionary, en, type TextKey } from "./en.ts";
import { ru } from "./ru.ts";

export type Language = "en" | "ru";

export const LANGUAGES: Readonly<Record<Language, { readonly name: string; readonly dictionary: Dictionary }>> = {
  ru: { name: "Русский", dictionary: ru },
  en: { name: "English", dictionary: en },
};

export const language = signal<Language>("en");

/** The first of the wishes that we speak: `?lang=`, then what was chosen before, then the browser's own. */
export function chooseLanguage(wishes: readonly (string | null | undefined)[]): Language {
  for (const wish of wishes) {
    const code = wish?.toLowerCase().split(/[-_]/)[0];
    if (code === "ru" || code === "en") return code;
  }
  return "en";
}

export function t(key: TextKey, values: Readonly<Record<string, string | number>> = {}): string {
  return fill(LANGUAGES[language.value].dictionary[key], values);
}

export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
