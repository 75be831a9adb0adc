import { signal } from "@preact/signals-core";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n/i18n.ts";
import { useApp } from "./context.ts";
import { DeviceSelect } from "./device-select.tsx";
import { Icon } from "./icons.tsx";
import { LanguageSelect } from "./language-select.tsx";
import { MediaTrouble } from "./media-trouble.tsx";
import { copyLink, meetingLink } from "./meeting-link.ts";

type DialogName = "invite" | "settings" | "shortcuts";

const current = signal<DialogName | undefined>(undefined);
const password = signal("");

export function openDialog(name: DialogName): void {
  current.value = name;
}

const DIALOGS: Readonly<Record<DialogName, () => JSX.Element>> = {
  invite: Invite,
  settings: Settings,
  shortcuts: Shortcuts,
};

export function DialogHost(): JSX.Element | null {
  const Current = current.value && DIALOGS[current.value];
  return Current ? <Current /> : null;
}

function Dialog({ title, children }: { readonly title: string; readonly children: ComponentChildren }): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  const close = () => {
    current.value = undefined;
  };
  return (
    <dialog ref={element} class="dialog" aria-labelledby="dialog-title" onClose={close}>
      <header class="dialog-top">
        <h2 id="dialog-title">{title}</h2>
        <button
          class="button quiet square"
          type="button"
          aria-label={t("close")}
          title={t("close")}
          onClick={() => element.current?.close()}
        >
          <Icon name="close" size={20} />
        </button>
      </header>
      {children}
    </dialog>
  );
}

function Invite(): JSX.Element {
  const app = useApp();
  const link = meetingLink(app);
  const submit = (event: Event) => {
    event.preventDefault();
    app.call.setPassword(password.value);
  };
  return (
    <Dialog title={t("invite")}>
      <label for="meeting-link">{t("meetingLink")}</label>
      <div class="room-line">
        <input
          id="meeting-link"
          class="field"
          readOnly
          value={link}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button id="copy-link" class="button primary" type="button" onClick={() => void copyLink(app)}>
          {t("copyLink")}
        </button>
      </div>
      {app.state.isModerator.value && (
        <form class="password-form" onSubmit={submit}>
          <label for="new-password">{t("password")}</label>
          <div class="room-line">
            <input
              id="new-password"
              class="field"
              type="text"
              autocomplete="off"
              maxLength={64}
              value={password.value}
              onInput={(event) => {
                password.value = event.currentTarget.value;
              }}
            />
            <button id="set-password" class="button" type="submit" disabled={!password.value}>
              {t("setPassword")}
            </button>
            <button
              id="remove-password"
              class="button"
              type="button"
              onClick={() => {
                password.value = "";
                app.call.setPassword("");
              }}
            >
              {t("removePassword")}
            </button>
          </div>
          <p class="hint">{t("passwordHint")}</p>
        </form>
      )}
    </Dialog>
  );
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
