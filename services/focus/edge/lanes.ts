/** Work that is done one after the other within a lane, and side by side between lanes. */
export class Lanes {
  readonly #tails = new Map<string, Promise<void>>();

  /** `work` resolves when the next may begin; it handles its own failures. */
  run(lane: string, work: () => Promise<void>): void {
    const tail = this.#tails.get(lane);
    const next = tail ? tail.then(work) : work();
    const settled: Promise<void> = next.then(
      () => this.#end(lane, settled),
      () => this.#end(lane, settled),
    );
    this.#tails.set(lane, settled);
  }

  /** Resolves when what was given to that lane so far is done; undefined where nothing is under way. */
  tail(lane: string): Promise<void> | undefined {
    return this.#tails.get(lane);
  }

  #end(lane: string, settled: Promise<void>): void {
    if (this.#tails.get(lane) === settled) this.#tails.delete(lane);
  }
}
