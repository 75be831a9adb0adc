import { signal } from "@preact/signals-core";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import type { SendProblem } from "../../model/chat/lines.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { EmojiPicker } from "./emoji-picker.tsx";
import { lettersLeft, SHOW_LETTERS_LEFT } from "./letters.ts";
import { Recipient } from "./recipient.tsx";

/** What is being written; it stays when the panel is closed. */
const draft = signal("");
const problem = signal<SendProblem | undefined>(undefined);
/** Somebody has just written to us alone: for whom is this? */
const isInDoubt = signal(false);

export function Composer(): JSX.Element {
  const { chat } = useApp().call.activities;
  const input = useRef<HTMLTextAreaElement>(null);
  useEffect(() => input.current?.focus(), []);
  const mayWrite = chat.mayWrite.value;
  const left = lettersLeft(draft.value);
  const send = (isSure = false) => {
    if (draft.value.trim() === "") return;
    isInDoubt.value = !isSure && chat.privacyDoubt(Date.now()) !== undefined;
    if (isInDoubt.value) return;
    problem.value = chat.send(draft.value);
    if (!problem.value) draft.value = "";
    input.current?.focus();
  };
  return (
    <form
      class={chat.recipient.value ? "composer private" : "composer"}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Recipient />
      <Answered />
      {isInDoubt.value && <Doubt send={() => send(true)} />}
      <Trouble left={left} />
      {mayWrite ? (
        <div class="composer-line">
          <Words input={input} send={send} isTooLong={left < 0} />
          <EmojiPicker pick={(emoji) => insert(input.current, emoji)} />
          <button
            id="chat-send"
            class="button primary square"
            type="submit"
            disabled={left < 0 || chat.isRecipientGone.value}
            aria-label={t("chat.sendButton")}
            title={t("chat.sendButton")}
          >
            <Icon name="send" size={20} />
          </button>
        </div>
      ) : (
        <p id="chat-disabled" class="hint">
          {t("chat.disabled")}
        </p>
      )}
    </form>
  );
}

interface WordsProps {
  readonly input: { current: HTMLTextAreaElement | null };
  readonly send: () => void;
  readonly isTooLong: boolean;
}

function Words({ input, send, isTooLong }: WordsProps): JSX.Element {
  const { call, state } = useApp();
  const { chat } = call.activities;
  const to = chat.recipient.value;
  const label = to ? t("chat.messageTo", { recipient: nameOrGuest(to.name) }) : t("chat.messagebox");
  return (
    <textarea
      id="chat-input"
      ref={input}
      class="field"
      rows={1}
      dir="auto"
      placeholder={label}
      aria-label={label}
      aria-invalid={isTooLong}
      aria-describedby="chat-trouble"
      value={draft.value}
      onInput={(event) => {
        draft.value = event.currentTarget.value;
        problem.value = undefined;
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          event.stopPropagation();
          if (isInDoubt.value) isInDoubt.value = false;
          else if (chat.replyTo.value) chat.replyTo.value = undefined;
          else state.openPanel(undefined);
        }
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        send();
      }}
    />
  );
}

/** The message that the next one answers. */
function Answered(): JSX.Element | null {
  const { chat } = useApp().call.activities;
  const line = chat.replyTo.value;
  if (!line) return null;
  const name = line.isOwn ? t("chat.you") : nameOrGuest(line.name);
  return (
    <div class="composer-strip" data-reply={line.id}>
      <p>
        <strong>{t("chat.replyTo", { name })}</strong> <span>{line.text}</span>
      </p>
      <button
        class="button quiet square"
        type="button"
        aria-label={t("chat.cancelReply")}
        title={t("chat.cancelReply")}
        onClick={() => {
          chat.replyTo.value = undefined;
        }}
      >
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}

function Doubt({ send }: { readonly send: () => void }): JSX.Element | null {
  const { chat } = useApp().call.activities;
  const partner = chat.privacyDoubt(Date.now());
  if (!partner) return null;
  return (
    <div class="composer-doubt" role="alertdialog" aria-labelledby="doubt-question">
      <p id="doubt-question">{t("dialog.sendPrivateMessage", { name: nameOrGuest(partner.name) })}</p>
      <button
        id="send-privately"
        class="button primary"
        type="button"
        onClick={() => {
          chat.recipient.value = partner;
          send();
        }}
      >
        {t("dialog.sendPrivateMessageOk")}
      </button>
      <button id="send-to-all" class="button" type="button" onClick={send}>
        {t("dialog.sendPrivateMessageCancel")}
      </button>
    </div>
  );
}

/** Why this cannot be sent as it is, and how much room is left before that. */
function Trouble({ left }: { readonly left: number }): JSX.Element {
  const { chat } = useApp().call.activities;
  const gone = chat.isRecipientGone.value ? chat.recipient.value : undefined;
  const isError = left < 0 || gone !== undefined || problem.value !== undefined;
  return (
    <p id="chat-trouble" class={isError ? "hint error" : "hint"} aria-live="polite">
      {gone
        ? t("chat.recipientGone", { name: nameOrGuest(gone.name) })
        : left < 0
          ? t("chat.tooLong", { count: -left })
          : problem.value
            ? t(`chat.problem.${problem.value}`)
            : left < SHOW_LETTERS_LEFT && t("chat.lettersLeft", { count: left })}
    </p>
  );
}

function insert(input: HTMLTextAreaElement | null, text: string): void {
  if (!input) return;
  input.focus();
  input.setRangeText(text, input.selectionStart, input.selectionEnd, "end");
  draft.value = input.value;
}
