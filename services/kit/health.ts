/** Whether new work is welcome: every part that can't do its job says why. */
export class Health {
  readonly #problems = new Map<string, string>();
  readonly #listeners = new Set<(isReady: boolean) => void>();

  /** Without a problem the part is well. */
  set(part: string, problem?: string): void {
    const wasReady = this.ready;
    if (problem === undefined) this.#problems.delete(part);
    else this.#problems.set(part, problem);
    if (this.ready === wasReady) return;
    for (const listener of this.#listeners) listener(this.ready);
  }

  get ready(): boolean {
    return this.#problems.size === 0;
  }

  /** Problem by part. */
  get problems(): ReadonlyMap<string, string> {
    return this.#problems;
  }

  /** Called at each change of `ready`. */
  onChange(listener: (isReady: boolean) => void): { close(): void } {
    this.#listeners.add(listener);
    return { close: () => void this.#listeners.delete(listener) };
  }
}
