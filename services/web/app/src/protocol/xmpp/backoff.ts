/** How long to wait before the given attempt (from 0): almost at once, then slower, never slower than two seconds. */
export function reconnectDelayMs(attempt: number, random: number): number {
  const base = Math.min(300 * 1.6 ** attempt, 1500);
  return Math.round(base + random * Math.min(base, 500));
}
