import "./e2ee.css";
import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { openDialog } from "../parts/dialog.tsx";
import { Icon } from "../parts/icons.tsx";

/** In the dialog of who may come in: who may open what is sent. */
export function E2eeSection(): JSX.Element | null {
  const { call, config } = useApp();
  const { e2ee } = call.activities;
  if (config.rules.value.disableE2ee) return null;
  return (
    <section class="e2ee-section" aria-labelledby="e2ee-heading">
      <h3 id="e2ee-heading">
        <Icon name={e2ee.isOn.value ? "shieldCheck" : "shield"} size={18} /> {t("e2ee.title")}
      </h3>
      <p class="hint">{t(e2ee.isOn.value ? "e2ee.isOn" : "e2ee.explanation")}</p>
      <button id="e2ee" class="button" type="button" onClick={() => openDialog("e2ee")}>
        {t(e2ee.isOn.value ? "e2ee.manage" : "e2ee.turnOn")}…
      </button>
    </section>
  );
}
