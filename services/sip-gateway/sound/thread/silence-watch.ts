/** Tells once that nothing comes, and once that something comes again. */
export class SilenceWatch {
  readonly #timeoutMs: number;
  readonly #tell: (isSilent: boolean) => void;
  #since = 0;
  #isSilent = false;

  constructor(timeoutMs: number, tell: (isSilent: boolean) => void) {
    this.#timeoutMs = timeoutMs;
    this.#tell = tell;
  }

  /** From now on something is expected. */
  begin(now: number): void {
    this.#since = now;
  }

  /** `heardAt`: when something came last; 0: never. */
  look(heardAt: number, isExpected: boolean, now: number): void {
    if (!isExpected) this.#since = now;
    const isSilent = isExpected && now - Math.max(heardAt, this.#since) >= this.#timeoutMs;
    if (isSilent === this.#isSilent) return;
    // Being held ends no silence: only a packet does.
    if (!isSilent && heardAt < this.#since) return;
    this.#isSilent = isSilent;
    this.#tell(isSilent);
  }
}
