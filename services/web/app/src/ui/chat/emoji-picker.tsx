import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { Icon } from "../parts/icons.tsx";
import { placeMenu } from "../parts/menu.tsx";
import { EMOJI } from "./emoji.ts";

const COLUMNS = 6;
const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowLeft: -1,
  ArrowDown: COLUMNS,
  ArrowUp: -COLUMNS,
};

/** A button with a small table of emoji; arrows walk through it. */
export function EmojiPicker({ pick }: { readonly pick: (emoji: string) => void }): JSX.Element {
  const table = useRef<HTMLDivElement>(null);
  const walk = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const buttons = [...(table.current?.querySelectorAll("button") ?? [])];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const next =
      step === undefined ? undefined : buttons[at + step * (isRightToLeft() && Math.abs(step) === 1 ? -1 : 1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <>
      <button
        id="chat-emoji"
        class="button quiet square"
        type="button"
        popovertarget="emoji-table"
        aria-label={t("chat.emojis")}
        title={t("chat.emojis")}
      >
        <Icon name="smile" size={20} />
      </button>
      <div
        id="emoji-table"
        ref={table}
        popover="auto"
        role="toolbar"
        class="menu emoji-table"
        aria-label={t("chat.emojis")}
        onToggle={placeMenu}
        onKeyDown={walk}
      >
        {EMOJI.map(([emoji, name]) => (
          <button
            key={emoji}
            type="button"
            aria-label={t(name)}
            title={t(name)}
            onClick={() => {
              table.current?.hidePopover();
              pick(emoji);
            }}
          >
            {emoji}
          </button>
        ))}
      </div>
    </>
  );
}

function isRightToLeft(): boolean {
  return document.documentElement.dir === "rtl";
}
