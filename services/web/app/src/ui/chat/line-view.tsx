import { signal } from "@preact/signals-core";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import { type ChatLine, emojiOf, findById } from "../../model/chat/lines.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { LineMenu } from "./line-menu.tsx";
import { linkify } from "./linkify.ts";
import { timeOf } from "./times.ts";

/** The line whose menu is open. */
const menuOf = signal<string | undefined>(undefined);

interface LineViewProps {
  readonly line: ChatLine;
  readonly hasHead: boolean;
}

export function LineView({ line, hasHead }: LineViewProps): JSX.Element {
  const { kind, key, isOwn, isPrivate, isRetracted, delivery, problem } = line;
  if (kind === "system") return <SystemLine line={line} />;
  const classes = ["message", isOwn && "own", isPrivate && "private", delivery, hasHead && "first"];
  return (
    <article class={classes.filter(Boolean).join(" ")} data-key={key} data-message={line.id}>
      {hasHead && <Head line={line} />}
      <div class="message-body">
        {line.replyTo && !isRetracted && <Quote id={line.replyTo} />}
        {isRetracted ? <p class="message-text gone">{t("chat.retracted")}</p> : <Words text={line.text} />}
        {!isRetracted && delivery === "sent" && <Menu line={line} />}
      </div>
      {line.reactions.size > 0 && !isRetracted && <Reactions line={line} />}
      {delivery === "sending" && <p class="message-state">{t("chat.sending")}</p>}
      {problem && <Failure line={line} text={t(`chat.problem.${problem}`)} />}
    </article>
  );
}

function nameOf({ isOwn, name }: ChatLine): string {
  return isOwn ? t("chat.you") : nameOrGuest(name);
}

function Head({ line }: { readonly line: ChatLine }): JSX.Element {
  const { isPrivate, to, sentAt } = line;
  return (
    <p class="message-head">
      <span class="message-name">{nameOf(line)}</span>{" "}
      {isPrivate && <em>{to ? t("chat.privateNotice", { recipient: nameOrGuest(to.name) }) : t("chat.privately")}</em>}{" "}
      <time dateTime={new Date(sentAt).toISOString()}>{timeOf(sentAt)}</time>
    </p>
  );
}

function SystemLine({ line: { key, name, text, sentAt } }: { readonly line: ChatLine }): JSX.Element {
  return (
    <article class="message system" data-key={key}>
      <p class="message-head">
        <span class="message-name">{name || t("chat.systemDisplayName")}</span>{" "}
        <time dateTime={new Date(sentAt).toISOString()}>{timeOf(sentAt)}</time>
      </p>
      <Words text={text} />
    </article>
  );
}

function Words({ text }: { readonly text: string }): JSX.Element {
  const parts = useMemo(() => linkify(text), [text]);
  return (
    <p class="message-text" dir="auto">
      {parts.map((part, index) =>
        part.href ? (
          <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
            {part.text}
          </a>
        ) : (
          part.text
        ),
      )}
    </p>
  );
}

function Quote({ id }: { readonly id: string }): JSX.Element {
  const { chat } = useApp().call.activities;
  const line = findById(chat.lines.value, id);
  if (!line || line.isRetracted) return <p class="message-quote">{t("chat.replyGone")}</p>;
  return (
    <p class="message-quote">
      <span class="message-name">{nameOf(line)}</span> {line.text}
    </p>
  );
}

function Reactions({ line }: { readonly line: ChatLine }): JSX.Element {
  const { call, state } = useApp();
  const mine = emojiOf(line, state.selfId.value);
  return (
    <p class="message-reactions">
      {[...line.reactions].map(([emoji, reactors]) => {
        const names = reactors.map(({ name }) => nameOrGuest(name)).join(", ");
        const label = t("chat.reactedBy", { emoji, names });
        return (
          <button
            key={emoji}
            class="message-reaction"
            type="button"
            data-emoji={emoji}
            aria-pressed={mine.includes(emoji)}
            aria-label={label}
            title={label}
            onClick={() => call.activities.chat.toggleReaction(line, emoji)}
          >
            <span aria-hidden="true">{emoji}</span> {reactors.length}
          </button>
        );
      })}
    </p>
  );
}

function Failure({ line, text }: { readonly line: ChatLine; readonly text: string }): JSX.Element {
  const { chat } = useApp().call.activities;
  return (
    <p class="message-state failed" role="alert">
      <Icon name="alert" size={16} /> {text}
      {line.problem !== "gone" && line.problem !== "notAllowed" && (
        <button class="link-button" type="button" onClick={() => chat.sendAgain(line.key)}>
          {t("chat.sendAgain")}
        </button>
      )}
      <button class="link-button" type="button" onClick={() => chat.drop(line.key)}>
        {t("chat.discard")}
      </button>
    </p>
  );
}

function Menu({ line }: { readonly line: ChatLine }): JSX.Element {
  const label = t("chat.actions", { name: nameOf(line) });
  const isOpen = menuOf.value === line.key;
  return (
    <>
      <button
        class="message-more"
        type="button"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-label={label}
        title={label}
        onClick={() => {
          menuOf.value = isOpen ? undefined : line.key;
        }}
      >
        <Icon name="more" size={18} />
      </button>
      {isOpen && (
        <LineMenu
          line={line}
          closed={() => {
            if (menuOf.value === line.key) menuOf.value = undefined;
          }}
        />
      )}
    </>
  );
}
