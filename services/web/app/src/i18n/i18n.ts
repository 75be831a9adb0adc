import { signal } from "@preact/signals-core";
import i18next from "i18next";
import type { TextKey, Texts } from "./text-key.ts";

export type Language = "en" | "ru";

interface LanguageEntry {
  /** In itself, as people look for it. */
  readonly name: string;
  readonly direction: "ltr" | "rtl";
  readonly load: () => Promise<Texts>;
}

/** A page loads the language it speaks and no other. */
export const LANGUAGES: Readonly<Record<Language, LanguageEntry>> = {
  ru: { name: "Русский", direction: "ltr", load: async () => (await import("../lang/ru/index.ts")).ru },
  en: { name: "English", direction: "ltr", load: async () => (await import("../lang/en/index.ts")).en },
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

/** Resolves when every text is there in that language; until then the page speaks the one before. */
export async function speak(wanted: Language): Promise<void> {
  const texts = await LANGUAGES[wanted].load();
  if (!i18next.isInitialized) await i18next.init({ lng: wanted, interpolation: { escapeValue: false } });
  i18next.addResourceBundle(wanted, "translation", texts);
  await i18next.changeLanguage(wanted);
  language.value = wanted;
}

/** Values stand as `{{name}}` in the texts; `count` chooses the plural form. */
export function t(key: TextKey, values: Readonly<Record<string, string | number>> = {}): string {
  // Whoever shows a text follows the language by having read it.
  void language.value;
  return i18next.t(key, values);
}
