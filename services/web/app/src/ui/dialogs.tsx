import type { JSX } from "preact";
import { t } from "../i18n/i18n.ts";
import { Account } from "./account.tsx";
import { useApp } from "./context.ts";
import { DeviceSelect } from "./device-select.tsx";
import { current, Dialog, type DialogName } from "./dialog.tsx";
import { Invite } from "./invite-dialog.tsx";
import { LanguageSelect } from "./language-select.tsx";
import { LoginDialog } from "./login-dialog.tsx";
import { MediaTrouble } from "./media-trouble.tsx";

const DIALOGS: Readonly<Record<DialogName, () => JSX.Element>> = {
  invite: Invite,
  login: LoginDialog,
  settings: Settings,
  shortcuts: Shortcuts,
};

export function DialogHost(): JSX.Element | null {
  const Current = current.value && DIALOGS[current.value];
  return Current ? <Current /> : null;
}

function Settings(): JSX.Element {
  const app = useApp();
  return (
    <Dialog title={t("settings")}>
      <label for="settings-name">{t("yourName")}</label>
      <input
        id="settings-name"
        class="field"
        maxLength={64}
        value={app.state.name.value}
        placeholder={t("yourNamePlaceholder")}
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

function Shortcuts(): JSX.Element {
  const rows: readonly (readonly [string, string])[] = [
    ["M", `${t("muteMic")} / ${t("unmuteMic").toLowerCase()}`],
    ["V", `${t("stopCamera")} / ${t("startCamera").toLowerCase()}`],
    ["␣", t("shortcutPushToTalk")],
    ["C", t("openChat")],
    ["D", t("shareScreen")],
    ["R", t("raiseHand")],
    ["W", t("tileView")],
  ];
  return (
    <Dialog title={t("shortcuts")}>
      <dl class="keys">
        {rows.map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
