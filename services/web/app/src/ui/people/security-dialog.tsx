import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { Dialog } from "../parts/dialog.tsx";
import { LinkLine } from "./link-line.tsx";
import { SECURITY_SECTIONS } from "./sections.ts";
import "./people.css";

const PASSWORD_LENGTH = 64;

/** Who may come in, and how: link, password, lobby. */
export function Security(): JSX.Element {
  const { config, state } = useApp();
  const moderates = state.isModerator.value;
  const { hideLobby, hideRoomPassword } = config.rules.value;
  return (
    <Dialog title={t("security.header")}>
      <div class="security-dialog" id="security-dialog">
        <LinkLine />
        {!moderates && <WhatHolds />}
        {moderates && !hideRoomPassword && <Password />}
        {moderates && !hideLobby && <LobbySwitch />}
        {SECURITY_SECTIONS.map((Section, index) => (
          <Section key={index} />
        ))}
      </div>
    </Dialog>
  );
}

function Password(): JSX.Element {
  const { call, state } = useApp();
  const typed = useSignal("");
  const { hasPassword } = state.roomInfo.value;
  const submit = (event: Event) => {
    event.preventDefault();
    call.moderation.setPassword(typed.value);
  };
  return (
    <form class="password-form" onSubmit={submit}>
      <label for="new-password">{t("security.password")}</label>
      <div class="room-line">
        <input
          id="new-password"
          class="field"
          type="text"
          autocomplete="off"
          maxLength={PASSWORD_LENGTH}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
        <button id="set-password" class="button" type="submit" disabled={!typed.value}>
          {t("security.setPassword")}
        </button>
        <button
          id="remove-password"
          class="button"
          type="button"
          disabled={!hasPassword}
          onClick={() => {
            typed.value = "";
            call.moderation.setPassword("");
          }}
        >
          {t("security.removePassword")}
        </button>
      </div>
      <p class="hint">{t(hasPassword ? "security.passwordIsSet" : "security.passwordHint")}</p>
    </form>
  );
}

function LobbySwitch(): JSX.Element {
  const { call, state } = useApp();
  return (
    <div class="switch-line">
      <label class="switch">
        <input
          id="lobby-switch"
          type="checkbox"
          aria-describedby="lobby-hint"
          checked={state.roomInfo.value.lobby !== undefined}
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

/** For those who can't change it. */
function WhatHolds(): JSX.Element {
  const { hasPassword, lobby } = useApp().state.roomInfo.value;
  return (
    <ul class="security-facts">
      <li>{t(hasPassword ? "security.hasPassword" : "security.hasNoPassword")}</li>
      <li>{t(lobby === undefined ? "security.hasNoLobby" : "security.hasLobby")}</li>
      <li class="hint">{t("security.moderatorsDecide")}</li>
    </ul>
  );
}
