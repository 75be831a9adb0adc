/** An estimate of which less than this flows was not measured: the line may carry far more, or nobody knows. */
const measuredShare = 0.5;
/** What was seen to flow counts for so long: those of whom there is no doubt are looked at every six seconds. */
const sentFreshMs = 8_000;
/** A trial that costs the line so much of its estimate was one too many. */
const failedShare = 0.75;
/** Until the next one; longer each time, so that the sound of a line that is really narrow is left in peace. */
const firstWaitMs = 3_000;
const longestWaitMs = 30_000;

/**
 * How far an estimate is to be believed. The media engine begins with a guess, and as long as nothing flows its estimate
 * neither falls nor grows: it takes no more than is sent for possible. So it counts from the first time that about as much
 * flowed, and where it leaves somebody without a picture, one is tried until the estimate falls for it.
 */
export class Line {
  /** As the media engine has it; undefined: it does not know. */
  estimateBps: number | undefined;
  #isProven = false;
  #sentBps = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #trialFromBps: number | undefined;
  #nextTrialAt = Number.NEGATIVE_INFINITY;
  #waitMs = firstWaitMs;

  hear(estimateBps: number, now: number): void {
    // Who has just fallen does not stand up for being pushed.
    if (this.#isProven && estimateBps < (this.estimateBps ?? 0) * failedShare)
      this.#nextTrialAt = Math.max(this.#nextTrialAt, now + firstWaitMs);
    this.estimateBps = estimateBps;
    this.#isProven ||= this.isMeasured(now);
    if (this.#trialFromBps === undefined || estimateBps >= this.#trialFromBps * failedShare) return;
    this.#trialFromBps = undefined;
    this.#nextTrialAt = now + this.#waitMs;
    this.#waitMs = Math.min(2 * this.#waitMs, longestWaitMs);
  }

  /** What went out to the receiver, all in all. */
  noteSent(bitsPerSecond: number, now: number): void {
    this.#sentBps = bitsPerSecond;
    this.#sentAt = now;
  }

  /** Undefined until an estimate was measured: until then nothing is held back for it. */
  get knownBps(): number | undefined {
    return this.#isProven ? this.estimateBps : undefined;
  }

  /** About as much flows as the estimate says. */
  isMeasured(now: number): boolean {
    if (this.estimateBps === undefined || now - this.#sentAt > sentFreshMs) return false;
    return this.#sentBps >= this.estimateBps * measuredShare;
  }

  get isTrying(): boolean {
    return this.#trialFromBps !== undefined;
  }

  mayTry(now: number): boolean {
    return this.#isProven && now >= this.#nextTrialAt;
  }

  beginTrial(): void {
    this.#trialFromBps ??= this.estimateBps;
  }

  /** Nobody is left without a picture any more. */
  endTrial(): void {
    if (this.#trialFromBps !== undefined) this.#waitMs = firstWaitMs;
    this.#trialFromBps = undefined;
  }

  /** What went out lately; undefined where nobody looked. */
  sentBps(now: number): number | undefined {
    return now - this.#sentAt > sentFreshMs ? undefined : this.#sentBps;
  }
}
