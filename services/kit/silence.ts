/** After NATS could not be asked, whoever is on duty may have been in the same plight: it gets this long to speak. */
const graceMs = 2_000;

/**
 * How long nobody has written a value again, by what was seen here: no clock but ours is asked, and times at which nothing
 * could be seen count for nothing.
 */
export class Silence {
  readonly #lookMs: number;
  #revision: number | undefined;
  /** Since when the value is as it is; undefined before the first look. */
  #sinceMs: number | undefined;
  #lookedMs = 0;
  #blindMs = Number.NEGATIVE_INFINITY;

  /** `lookMs`: how often it is looked. */
  constructor({ lookMs }: { readonly lookMs: number }) {
    this.#lookMs = lookMs;
  }

  /** The value's revision, undefined for none; asked at `askedMs`, known at `nowMs`. */
  looked(revision: number | undefined, askedMs: number, nowMs: number): void {
    const isFirst = this.#sinceMs === undefined;
    // We stood still ourselves, or the answer took as long as if there had been nobody to give it.
    if (!isFirst && nowMs - this.#lookedMs > 2 * this.#lookMs + graceMs) this.#blindMs = nowMs;
    if (nowMs - askedMs > graceMs) this.#blindMs = nowMs;
    if (isFirst || revision !== this.#revision) this.#sinceMs = nowMs;
    this.#revision = revision;
    this.#lookedMs = nowMs;
  }

  /** It could not be looked at. */
  missed(nowMs: number): void {
    this.#blindMs = nowMs;
  }

  /** 0 while it is too early to say. */
  silentMs(nowMs: number): number {
    if (this.#sinceMs === undefined || nowMs - this.#blindMs < graceMs) return 0;
    return nowMs - this.#sinceMs;
  }
}
