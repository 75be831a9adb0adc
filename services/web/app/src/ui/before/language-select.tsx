import type { JSX } from "preact";
import { LANGUAGES, type Language, language, speak, t } from "../../i18n/i18n.ts";
import { remember } from "../../model/remembered.ts";

export function LanguageSelect(): JSX.Element {
  const choose = (chosen: Language) => {
    void speak(chosen);
    remember("language", chosen);
  };
  return (
    <select
      id="language"
      class="field language"
      aria-label={t("settings.language")}
      value={language.value}
      onChange={(event) => choose(event.currentTarget.value as Language)}
    >
      {Object.entries(LANGUAGES).map(([code, { name }]) => (
        <option key={code} value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  );
}
