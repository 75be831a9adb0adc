/** Whether new work is welcome: every part that can't do its job says why. */
export class Health {
  readonly #problems = new Map<string, string>();
  readonly #warnings = new Map<string, string>();
  readonly #listeners = new Set<(isReady: boolean) => void>();

  /** Without a problem the part is well. */
  set(part: string, problem?: string): void {
    const wasReady = this.ready;
    if (problem === undefined) this.#problems.delete(part);
    else this.#problems.set(part, problem);
    if (this.ready === wasReady) return;
    for (const listener of this.#listeners) listener(this.ready);
  }

  /** What an operator should see to, while new work is welcome all the same. */
  warn(part: string, warning?: string): void {
    if (warning === undefined) this.#warnings.delete(part);
    else this.#warnings.set(part, warning);
  }

  get ready(): boolean {
    return this.#problems.size === 0;
  }

  /** Problem by part. */
  get problems(): ReadonlyMap<string, string> {
    return this.#problems;
  }

  /** Warning by part. */
  get warnings(): ReadonlyMap<string, string> {
    return this.#warnings;
  }

  /** What `/health/ready` says. */
  describe(): { ready: boolean; problems: Record<string, string>; warnings: Record<string, string> } {
    return {
      ready: this.ready,
      problems: Object.fromEntries(this.#problems),
      warnings: Object.fromEntries(this.#warnings),
    };
  }

  /** Called at each change of `ready`. */
  onChange(listener: (isReady: boolean) => void): { close(): void } {
    this.#listeners.add(listener);
    return { close: () => void this.#listeners.delete(listener) };
  }
}
