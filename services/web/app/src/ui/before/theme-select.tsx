import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import type { Theme } from "../../model/settings.ts";
import { useApp } from "../parts/context.ts";
import { Icon, type IconName } from "../parts/icons.tsx";

const THEMES: Readonly<Record<Theme, { readonly icon: IconName; readonly label: TextKey }>> = {
  system: { icon: "sunMoon", label: "settings.themeSystem" },
  light: { icon: "sun", label: "settings.themeLight" },
  dark: { icon: "moon", label: "settings.themeDark" },
};

/** The browser's own list under a sign: small on phones, and known to every reader. */
export function ThemeSelect(): JSX.Element {
  const { theme } = useApp().settings;
  const name = t("settings.theme");
  return (
    <div class="sign-select" title={name}>
      <Icon name={THEMES[theme.value].icon} size={20} />
      <select
        id="theme"
        aria-label={name}
        value={theme.value}
        onChange={(event) => {
          theme.value = event.currentTarget.value as Theme;
        }}
      >
        {Object.entries(THEMES).map(([value, { label }]) => (
          <option key={value} value={value}>
            {t(label)}
          </option>
        ))}
      </select>
    </div>
  );
}
