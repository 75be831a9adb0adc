/**
 * How long this machine gave nobody a turn. Its host may take it away for seconds: what people miss then is not the
 * services' doing, and is left out of what they are held to.
 */
const stepMs = 20;
const rememberedMs = 600_000;

const stops: { readonly endedMs: number; readonly ms: number }[] = [];
let lastMs = performance.now();

setInterval(() => {
  const now = performance.now();
  const ms = now - lastMs - stepMs;
  lastMs = now;
  if (ms > stepMs) stops.push({ endedMs: now, ms });
  while (stops[0] && now - stops[0].endedMs > rememberedMs) stops.shift();
}, stepMs).unref();

/** The longest since then (performance.now()), in ms. */
export function longestStandstillMs(sinceMs = 0): number {
  const ms = stops.filter(({ endedMs }) => endedMs >= sinceMs).map((stop) => stop.ms);
  return Math.round(Math.max(0, ...ms));
}
