import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import { STAGE_SIZES, type Theme } from "../../model/settings.ts";
import { LanguageSelect } from "../before/language-select.tsx";
import { useApp } from "../parts/context.ts";
import { Switch } from "./switch.tsx";

const THEMES: Readonly<Record<Theme, TextKey>> = {
  system: "settings.themeSystem",
  light: "settings.themeLight",
  dark: "settings.themeDark",
};

export function MoreTab(): JSX.Element {
  const { config, settings } = useApp();
  return (
    <>
      <div class="setting">
        <label for="language">{t("settings.language")}</label>
        <LanguageSelect />
      </div>
      <div class="setting">
        <label for="settings-theme">{t("settings.theme")}</label>
        <select
          id="settings-theme"
          class="field"
          value={settings.theme.value}
          onChange={(event) => {
            settings.theme.value = event.currentTarget.value as Theme;
          }}
        >
          {Object.entries(THEMES).map(([value, label]) => (
            <option key={value} value={value}>
              {t(label)}
            </option>
          ))}
        </select>
      </div>
      {config.rules.value.disableSelfViewSettings ? null : (
        <Switch
          id="show-self"
          text={t("settings.selfView")}
          checked={!settings.hideSelf.value}
          change={(checked) => {
            settings.hideSelf.value = !checked;
          }}
        />
      )}
      <div class="setting">
        <label for="max-stage">{t("settings.maxStageParticipants")}</label>
        <select
          id="max-stage"
          class="field"
          value={settings.maxStageParticipants.value}
          onChange={(event) => {
            const size = STAGE_SIZES.find((each) => each === Number(event.currentTarget.value));
            if (size) settings.maxStageParticipants.value = size;
          }}
        >
          {STAGE_SIZES.map((size) => (
            <option key={size} value={size}>
              {size}
            </option>
          ))}
        </select>
      </div>
    </>
  );
}
