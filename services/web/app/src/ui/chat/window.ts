/** Which of the lines are on the page: a long chat would make it slow. */
export interface LineWindow {
  readonly start: number;
  readonly end: number;
}

export const PAGE_LINES = 60;
export const MAX_SHOWN_LINES = 240;

export function newest(total: number): LineWindow {
  return { start: Math.max(0, total - PAGE_LINES), end: total };
}

export function earlier({ start, end }: LineWindow): LineWindow {
  const from = Math.max(0, start - PAGE_LINES);
  return { start: from, end: Math.min(end, from + MAX_SHOWN_LINES) };
}

export function later({ start, end }: LineWindow, total: number): LineWindow {
  const to = Math.min(total, end + PAGE_LINES);
  return { start: Math.max(start, to - MAX_SHOWN_LINES), end: to };
}

/** Lines have come or gone. Whoever is at the end stays there; whoever reads further up keeps what they read. */
export function follow({ start, end }: LineWindow, before: number, total: number, isAtEnd: boolean): LineWindow {
  if (isAtEnd) return { start: Math.min(Math.max(start, total - MAX_SHOWN_LINES), Math.max(0, total - 1)), end: total };
  const to = end === before && total - start <= MAX_SHOWN_LINES ? total : Math.min(end, total);
  return { start: Math.min(start, to), end: to };
}
