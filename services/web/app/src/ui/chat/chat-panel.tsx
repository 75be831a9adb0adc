import { signal } from "@preact/signals-core";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { language, t } from "../../i18n/i18n.ts";
import type { ChatLine } from "../../model/chat/lines.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { linkify } from "./linkify.ts";

const draft = signal("");

export function ChatPanel(): JSX.Element {
  const { call, state } = useApp();
  const log = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLTextAreaElement>(null);
  const { chat } = call.activities;
  const lines = chat.lines.value;
  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    chat.watch(true);
    return () => chat.watch(false);
  }, [chat]);
  useEffect(() => log.current?.scrollTo({ top: log.current.scrollHeight }), [lines.length]);
  const send = () => {
    const text = draft.value.trim();
    if (!text) return;
    if (chat.send(text)) return;
    draft.value = "";
  };
  return (
    <aside id="chat-panel" class="chat" aria-label={t("chat.title")}>
      <header class="chat-top">
        <h2>{t("chat.title")}</h2>
        <button
          class="button quiet square"
          type="button"
          aria-label={t("toolbar.closeChat")}
          title={t("toolbar.closeChat")}
          onClick={() => state.openChat(false)}
        >
          <Icon name="close" size={20} />
        </button>
      </header>
      <div ref={log} class="chat-log" role="log" aria-live="polite" aria-label={t("chat.title")}>
        {lines.length === 0 && <p class="chat-empty">{t("chat.noMessagesMessage")}</p>}
        {lines.map((line, index) => (
          <Line key={line.id || index} line={line} isFollowing={isFollowing(lines[index - 1], line)} />
        ))}
      </div>
      <form
        class="chat-form"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <textarea
          id="chat-input"
          ref={input}
          class="field"
          rows={1}
          maxLength={8000}
          placeholder={t("chat.messagebox")}
          aria-label={t("chat.messagebox")}
          value={draft.value}
          onInput={(event) => {
            draft.value = event.currentTarget.value;
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape") state.openChat(false);
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        <button
          id="chat-send"
          class="button primary square"
          type="submit"
          aria-label={t("chat.sendButton")}
          title={t("chat.sendButton")}
        >
          <Icon name="send" size={20} />
        </button>
      </form>
    </aside>
  );
}

function Line({ line, isFollowing }: { readonly line: ChatLine; readonly isFollowing: boolean }): JSX.Element {
  const time = new Intl.DateTimeFormat(language.value, { hour: "2-digit", minute: "2-digit" }).format(line.sentAt);
  return (
    <div class={line.isOwn ? "line own" : "line"}>
      {!isFollowing && (
        <p class="line-head">
          <span class="line-name">{line.isOwn ? t("chat.you") : line.name || t("dialog.guest")}</span>
          {line.isPrivate && <em> {t("chat.privately")}</em>}{" "}
          <time dateTime={new Date(line.sentAt).toISOString()}>{time}</time>
        </p>
      )}
      <p class="line-text">
        {linkify(line.text).map((part, index) =>
          part.href ? (
            <a key={index} href={part.href} target="_blank" rel="noopener noreferrer">
              {part.text}
            </a>
          ) : (
            part.text
          ),
        )}
      </p>
    </div>
  );
}

const SAME_BREATH_MS = 120_000;

function isFollowing(before: ChatLine | undefined, line: ChatLine): boolean {
  return (
    before !== undefined &&
    before.from === line.from &&
    before.isPrivate === line.isPrivate &&
    line.sentAt - before.sentAt < SAME_BREATH_MS
  );
}
