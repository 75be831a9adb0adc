import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { App } from "../../model/app.ts";
import { type ChatLine, emojiOf } from "../../model/chat/lines.ts";
import { useApp } from "../parts/context.ts";
import { MenuItem, placeMenu } from "../parts/menu.tsx";
import { QUICK_EMOJI } from "./emoji.ts";

interface LineMenuProps {
  readonly line: ChatLine;
  readonly closed: () => void;
}

/** What can be done with one message. */
export function LineMenu({ line, closed }: LineMenuProps): JSX.Element {
  const app = useApp();
  const { chat } = app.call.activities;
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    menu.current?.showPopover();
    menu.current?.querySelector("button")?.focus();
  }, []);
  const act = (what: () => void) => () => {
    menu.current?.hidePopover();
    what();
  };
  const mine = emojiOf(line, app.state.selfId.value);
  const mayAnswer = line.id !== "" && (!line.isPrivate || chat.mayWhisper.value);
  const mayWhisper = !line.isOwn && chat.mayWhisper.value && app.state.occupants.value.has(line.from);
  return (
    <div
      ref={menu}
      popover="auto"
      class="menu line-menu"
      onToggle={(event) => {
        placeMenu(event);
        if (event.newState === "closed") closed();
      }}
    >
      {mayAnswer && (
        <p class="quick-emoji">
          {QUICK_EMOJI.map(([emoji, name]) => (
            <button
              key={emoji}
              type="button"
              data-emoji={emoji}
              aria-label={t("chat.react", { emoji: t(name) })}
              title={t(name)}
              aria-pressed={mine.includes(emoji)}
              onClick={act(() => chat.toggleReaction(line, emoji))}
            >
              {emoji}
            </button>
          ))}
        </p>
      )}
      {mayAnswer && <MenuItem icon="reply" text={t("chat.reply")} act={act(() => answer(app, line))} />}
      {mayWhisper && (
        <MenuItem icon="chat" text={t("chat.writePrivately")} act={act(() => chat.openPrivate(line.from))} />
      )}
      <MenuItem icon="copy" text={t("chat.copy")} act={act(() => void copy(app, line.text))} />
      {chat.mayRetract(line) && (
        <MenuItem icon="trash" text={t("chat.retract")} act={act(() => chat.retract(line))} danger />
      )}
    </div>
  );
}

function answer(app: App, line: ChatLine): void {
  app.call.activities.chat.answer(line);
  document.getElementById("chat-input")?.focus();
}

async function copy({ state }: App, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    state.notices.show("chat.copied");
  } catch {
    state.notices.show("notify.actionFailed", { kind: "error" });
  }
}
