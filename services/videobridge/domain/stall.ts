/** Of what should flow; less than this is nothing: sound alone, or RTCP. */
const stalledShare = 0.1;
/** Key frames, a handshake and a busy machine are done by then; and so long it takes until it is begun anew once more. */
const stalledAfterMs = 8_000;

/** Watches whether pictures that nobody holds back do flow. */
export class Stall {
  #since: number | undefined;

  /** Returns whether they are to begin anew. `sentBps`: undefined where nobody looked. */
  observe(expectedBps: number, sentBps: number | undefined, now: number): boolean {
    if (expectedBps <= 0 || sentBps === undefined || sentBps >= expectedBps * stalledShare) {
      this.#since = undefined;
      return false;
    }
    this.#since ??= now;
    if (now - this.#since < stalledAfterMs) return false;
    this.#since = now;
    return true;
  }
}
