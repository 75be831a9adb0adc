import type { JSX } from "preact";
import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";

/** Several share their screens at once: which one is large? */
export function ScreenSwitch(): JSX.Element | null {
  const { view } = useApp();
  const screens = view.screens.value;
  const large = view.stage.value;
  if (screens.length < 2 || large?.kind !== "desktop") return null;
  return (
    <fieldset class="screen-switch">
      <legend class="visually-hidden">{t("filmstrip.screens")}</legend>
      {screens.map(({ key, name }) => (
        <button
          key={key}
          class="screen-choice"
          type="button"
          aria-pressed={key === large.key}
          data-screen={key}
          onClick={() => view.showScreen(key)}
        >
          <Icon name="screen" size={16} />
          <span class="tile-text">{nameOrGuest(name)}</span>
        </button>
      ))}
    </fieldset>
  );
}
