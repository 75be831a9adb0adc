import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import { STAGE_SIZES, THEMES, type Theme } from "../../model/settings.ts";
import { LanguageSelect } from "../before/language-select.tsx";
import { CheckLink } from "../network-check/check-link.tsx";
import { useApp } from "../parts/context.ts";
import { Select } from "../parts/select.tsx";
import { Switch } from "./switch.tsx";

const THEME_LABELS: Readonly<Record<Theme, TextKey>> = {
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
        <Select
          id="settings-theme"
          values={THEMES}
          chosen={settings.theme.value}
          text={(theme) => t(THEME_LABELS[theme])}
          choose={(theme) => {
            settings.theme.value = theme;
          }}
        />
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
        <Select
          id="max-stage"
          values={STAGE_SIZES}
          chosen={settings.maxStageParticipants.value}
          text={String}
          choose={(size) => {
            settings.maxStageParticipants.value = size;
          }}
        />
      </div>
      <CheckLink />
    </>
  );
}
