import { signal } from "@preact/signals-core";
import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { Dialog } from "../parts/dialog.tsx";
import { copyLink, meetingLink } from "./meeting-link.ts";

const password = signal("");

/** Who may come in, and how: link, password, lobby. */
export function Invite(): JSX.Element {
  const app = useApp();
  const link = meetingLink(app);
  const submit = (event: Event) => {
    event.preventDefault();
    app.call.moderation.setPassword(password.value);
  };
  return (
    <Dialog title={t("toolbar.invite")}>
      <label for="meeting-link">{t("addPeople.meetingLink")}</label>
      <div class="room-line">
        <input
          id="meeting-link"
          class="field"
          readOnly
          value={link}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button id="copy-link" class="button primary" type="button" onClick={() => void copyLink(app)}>
          {t("addPeople.copyLink")}
        </button>
      </div>
      {app.state.isModerator.value && (
        <form class="password-form" onSubmit={submit}>
          <label for="new-password">{t("security.password")}</label>
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
              {t("security.setPassword")}
            </button>
            <button
              id="remove-password"
              class="button"
              type="button"
              disabled={!app.state.roomInfo.value.hasPassword}
              onClick={() => {
                password.value = "";
                app.call.moderation.setPassword("");
              }}
            >
              {t("security.removePassword")}
            </button>
          </div>
          <p class="hint">
            {t(app.state.roomInfo.value.hasPassword ? "security.passwordIsSet" : "security.passwordHint")}
          </p>
        </form>
      )}
      {app.state.isModerator.value && <LobbySwitch />}
    </Dialog>
  );
}

function LobbySwitch(): JSX.Element {
  const { call, state } = useApp();
  const isOn = state.roomInfo.value.lobby !== undefined;
  return (
    <div class="switch-line">
      <label class="switch">
        <input
          id="lobby-switch"
          type="checkbox"
          aria-describedby="lobby-hint"
          checked={isOn}
          onChange={(event) => call.moderation.setLobby(event.currentTarget.checked)}
        />
        {t("lobby.toggleLabel")}
      </label>
      <p id="lobby-hint" class="hint">
        {t("lobby.enableDialogText")}
      </p>
    </div>
  );
}
