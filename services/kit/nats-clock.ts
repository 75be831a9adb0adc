import { formatDuration } from "./setting.ts";

/** From this difference on it is said: facts, recordings and tokens carry times. */
export const clockToleranceMs = 2_000;

const samplesAtMost = 5;

type ClockListener = (found: {
  readonly aheadMs: number;
  /** What is wrong with the clock. */
  readonly warning: string | undefined;
  /** It was not wrong before, or is no longer. */
  readonly isNew: boolean;
}) => void;

/**
 * How far this host's clock is ahead of the NATS servers', by the times that they write on what they make and store. What is
 * on its way looks older than it is by as long as it travels, so the tolerance is wide and the middle one of some counts.
 */
export class NatsClock {
  readonly #samples: number[] = [];
  readonly #listeners = new Set<ClockListener>();
  #told = false;

  /** Called whenever the clocks were compared. */
  onCompared(listener: ClockListener): void {
    this.#listeners.add(listener);
  }

  /** What a server made `atMs` by its clock is here at `nowMs` by ours. */
  note(atMs: number, nowMs: number): void {
    if (!Number.isFinite(atMs)) return;
    this.#samples.push(nowMs - atMs);
    if (this.#samples.length > samplesAtMost) this.#samples.shift();
    const { aheadMs = 0, warning } = this;
    const isNew = (warning !== undefined) !== this.#told;
    this.#told = warning !== undefined;
    for (const listener of this.#listeners) listener({ aheadMs, warning, isNew });
  }

  /** > 0: ahead; undefined until a server has been heard. */
  get aheadMs(): number | undefined {
    const sorted = this.#samples.toSorted((a, b) => a - b);
    return sorted[Math.floor((sorted.length - 1) / 2)];
  }

  get warning(): string | undefined {
    const { aheadMs = 0 } = this;
    if (Math.abs(aheadMs) <= clockToleranceMs) return undefined;
    const seconds = Math.round(Math.abs(aheadMs) / 1000).toLocaleString("en");
    return `clock is ${seconds} s ${aheadMs > 0 ? "ahead of" : "behind"} NATS, expected ≤ ${formatDuration(clockToleranceMs)}: set it by NTP`;
  }
}

/** How much longer than its time a server may keep a value. */
const slackMs = 5_000;

/**
 * How old a value is that was there before we looked. Of one that would be long gone the clocks tell nothing: the server
 * that stored it has another than the one that keeps it; it counts from its arrival then, as does one from the future.
 */
export function ageOf(storedAtMs: number, serverNowMs: number, ttlMs: number): number {
  const ageMs = serverNowMs - storedAtMs;
  return ageMs < 0 || ageMs > ttlMs + slackMs ? 0 : Math.min(ageMs, ttlMs);
}
