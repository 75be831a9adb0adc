import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { ChatLine, Lines } from "../../model/chat/lines.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { LineView } from "./line-view.tsx";
import { dayOf, isSameDay } from "./times.ts";
import { earlier, follow, type LineWindow, later, newest } from "./window.ts";

/** So near to the end counts as there. */
const NEAR_PX = 48;
/** More lines are fetched before the last ones come into sight. */
const AHEAD_PX = 400;
const SAME_BREATH_MS = 120_000;

interface Kept {
  readonly key: string;
  readonly top: number;
}

export function ChatLog(): JSX.Element {
  const { chat } = useApp().call.activities;
  const lines = chat.lines.value;
  const box = useRef<HTMLElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const shown = useRef<LineWindow>(newest(lines.length));
  const total = useRef(lines.length);
  const kept = useRef<Kept | undefined>(undefined);
  const [, redraw] = useState(0);
  if (total.current !== lines.length) {
    // Somebody who has just written wants to see it.
    const isOwnNews = lines.length > total.current && lines.at(-1)?.isOwn === true;
    if (isOwnNews && !isAtEnd) setAtEnd(true);
    const follows = isAtEnd || isOwnNews;
    shown.current =
      isOwnNews && !isAtEnd ? newest(lines.length) : follow(shown.current, total.current, lines.length, follows);
    total.current = lines.length;
  }
  const { start, end } = shown.current;

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (kept.current) {
      const { key, top } = kept.current;
      kept.current = undefined;
      const line = element.querySelector<HTMLElement>(`[data-key="${key}"]`);
      if (line) element.scrollTop += line.offsetTop - top;
    } else if (isAtEnd) element.scrollTop = element.scrollHeight;
  });
  useWatching(isAtEnd);

  const change = (next: LineWindow) => {
    kept.current = firstInSight(box.current);
    shown.current = next;
    redraw((count) => count + 1);
  };
  const scrolled = () => {
    const element = box.current;
    if (!element) return;
    const below = element.scrollHeight - element.clientHeight - element.scrollTop;
    setAtEnd(below < NEAR_PX && end === lines.length);
    if (element.scrollTop < AHEAD_PX && start > 0) change(earlier(shown.current));
    else if (below < AHEAD_PX && end < lines.length) change(later(shown.current, lines.length));
  };
  const toEnd = () => {
    shown.current = newest(lines.length);
    setAtEnd(true);
    redraw((count) => count + 1);
  };
  return (
    <div class="chat-place">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to scroll by keys too */}
      <section ref={box} class="chat-log" tabIndex={0} aria-label={t("chat.title")} onScroll={scrolled}>
        {lines.length === 0 && <p class="chat-empty">{t("chat.noMessagesMessage")}</p>}
        {rowsOf(lines, start, end, chat.firstUnread.value)}
      </section>
      {!isAtEnd && (
        <button id="chat-latest" class="button chat-latest" type="button" onClick={toEnd}>
          <Icon name="down" size={18} /> {t(chat.unread.value > 0 ? "chat.newMessages" : "chat.latest")}
        </button>
      )}
    </div>
  );
}

function rowsOf(lines: Lines, start: number, end: number, firstUnread: string | undefined): JSX.Element[] {
  const rows: JSX.Element[] = [];
  for (let index = start; index < end; index++) {
    const line = lines[index];
    if (!line) continue;
    const before = lines[index - 1];
    if (!before || !isSameDay(before.sentAt, line.sentAt)) rows.push(<Day key={`day-${line.key}`} at={line.sentAt} />);
    if (line.key === firstUnread)
      rows.push(
        <p key="unread" class="chat-divider unread">
          {t("chat.newMessages")}
        </p>,
      );
    const hasHead = index === start || line.key === firstUnread || !isSameBreath(before, line);
    rows.push(<LineView key={line.key} line={line} hasHead={hasHead} />);
  }
  return rows;
}

function Day({ at }: { readonly at: number }): JSX.Element | null {
  if (isSameDay(at, Date.now())) return null;
  return <p class="chat-divider">{dayOf(at)}</p>;
}

function isSameBreath(before: ChatLine | undefined, line: ChatLine): boolean {
  return (
    before !== undefined &&
    before.kind === line.kind &&
    before.from === line.from &&
    before.name === line.name &&
    before.isPrivate === line.isPrivate &&
    before.to?.id === line.to?.id &&
    line.replyTo === "" &&
    line.sentAt - before.sentAt < SAME_BREATH_MS
  );
}

/** Unread is what comes while the end is out of sight, or the whole page. */
function useWatching(isAtEnd: boolean): void {
  const { chat } = useApp().call.activities;
  useEffect(() => {
    const look = () => chat.watch(isAtEnd && document.visibilityState === "visible");
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      chat.watch(false);
    };
  }, [chat, isAtEnd]);
}

function firstInSight(box: HTMLElement | null): Kept | undefined {
  if (!box) return undefined;
  for (const line of box.querySelectorAll<HTMLElement>("[data-key]")) {
    const key = line.dataset.key;
    if (key && line.offsetTop + line.offsetHeight > box.scrollTop) return { key, top: line.offsetTop };
  }
  return undefined;
}
