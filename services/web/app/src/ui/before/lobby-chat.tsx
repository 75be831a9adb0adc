import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { MAX_LOBBY_TEXT_LENGTH } from "../../protocol/conference/lobby-chat.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import "./lobby-chat.css";

interface LobbyChatProps {
  /** Who waits, as the other side of a moderator; "" for whoever waits. */
  readonly partner: string;
  readonly label: string;
  /** What stands before the other side's lines. */
  readonly name: string;
  readonly send: (text: string) => void;
}

/** A few words through the closed door. */
export function LobbyChat({ partner, label, name, send }: LobbyChatProps): JSX.Element {
  const { state } = useApp();
  const typed = useSignal("");
  const lines = state.lobbyTalk.lines.value.filter((line) => line.with === partner);
  const submit = (event: Event) => {
    event.preventDefault();
    const text = typed.value.trim();
    if (text === "") return;
    typed.value = "";
    send(text);
  };
  return (
    <div class="lobby-chat" data-with={partner}>
      <div class="lobby-lines" role="log" aria-label={label}>
        {lines.map(({ text, isOwn }, index) => (
          <p key={index} class={isOwn ? "own" : undefined} dir="auto">
            <b>{isOwn ? t("chat.you") : name}:</b> {text}
          </p>
        ))}
      </div>
      <form class="room-line" onSubmit={submit}>
        <input
          class="field"
          type="text"
          autocomplete="off"
          enterkeyhint="send"
          maxLength={MAX_LOBBY_TEXT_LENGTH}
          aria-label={label}
          placeholder={label}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
        <button class="button square" type="submit" aria-label={t("chat.sendButton")} title={t("chat.sendButton")}>
          <Icon name="send" size={18} />
        </button>
      </form>
    </div>
  );
}
