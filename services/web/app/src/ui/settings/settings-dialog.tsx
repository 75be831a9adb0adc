import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { Account } from "../before/account.tsx";
import { DeviceSelect } from "../before/device-select.tsx";
import { LanguageSelect } from "../before/language-select.tsx";
import { MediaTrouble } from "../before/media-trouble.tsx";
import { useApp } from "../parts/context.ts";
import { Dialog } from "../parts/dialog.tsx";

export function Settings(): JSX.Element {
  const app = useApp();
  return (
    <Dialog title={t("toolbar.Settings")}>
      <label for="settings-name">{t("dialog.yourName")}</label>
      <input
        id="settings-name"
        class="field"
        maxLength={64}
        value={app.state.name.value}
        placeholder={t("dialog.enterDisplayName")}
        onChange={(event) => app.setName(event.currentTarget.value)}
      />
      <div class="devices">
        <DeviceSelect kind="audioinput" />
        <DeviceSelect kind="videoinput" />
        <DeviceSelect kind="audiooutput" />
      </div>
      <MediaTrouble />
      <LanguageSelect />
      <Account />
    </Dialog>
  );
}
