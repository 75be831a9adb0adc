import { signal } from "@preact/signals";

/** A finger needs this much, gap included. */
export const TOOL_SPACE_PX = 48;
const GAP_PX = 4;

/** What goes behind "More" where there is no room for it, first what is missed least. */
const GIVES_WAY = ["security", "desktop", "tileview", "raisehand", "chat", "camera", "microphone"];

/** Length of the toolbar along which its buttons stand. */
export const toolbarLength = signal(Number.POSITIVE_INFINITY);

/** Which of the buttons stand behind "More", which itself always needs its place. */
export function overflowOf(ids: readonly string[], lengthPx: number): ReadonlySet<string> {
  const places = Math.floor((lengthPx + GAP_PX) / TOOL_SPACE_PX) - 1;
  const surplus = Math.max(0, ids.length - places);
  return new Set(GIVES_WAY.filter((id) => ids.includes(id)).slice(0, surplus));
}
