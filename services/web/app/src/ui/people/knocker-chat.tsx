import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import { LobbyChat } from "../before/lobby-chat.tsx";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";

interface KnockerProps {
  readonly id: string;
  readonly name: string;
}

/** Asks somebody who waits who they are; opens by itself when they write. */
export function KnockerChat({ id, name }: KnockerProps): JSX.Element | null {
  const { call, config, state } = useApp();
  const isOpened = useSignal(false);
  const hasWritten = state.lobbyTalk.lines.value.some((line) => line.with === id);
  const shown = nameOrGuest(name);
  const label = t("lobby.writeTo", { name: shown });
  if (!config.lobbyChat) return null;
  if (!isOpened.value && !hasWritten)
    return (
      <button
        class="button quiet square"
        type="button"
        data-act="write"
        aria-label={label}
        title={label}
        onClick={() => {
          isOpened.value = true;
        }}
      >
        <Icon name="chat" size={18} />
      </button>
    );
  return (
    <div class="knocker-chat">
      <LobbyChat partner={id} label={label} name={shown} send={(text) => call.moderation.writeTo(id, text)} />
    </div>
  );
}
