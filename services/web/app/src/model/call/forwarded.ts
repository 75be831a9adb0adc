const GRACE_MS = 500;

/** Follows which videos the bridge sends. One that drops out for a moment is not taken off the page at once. */
export class ForwardedSources {
  readonly #tell: (names: ReadonlySet<string> | undefined) => void;
  #names: ReadonlySet<string> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: (names: ReadonlySet<string> | undefined) => void) {
    this.#tell = tell;
  }

  update(names: readonly string[]): void {
    clearTimeout(this.#timer);
    this.#set(new Set([...(this.#names ?? []), ...names]));
    this.#timer = setTimeout(() => this.#set(new Set(names)), GRACE_MS);
  }

  forget(): void {
    clearTimeout(this.#timer);
    this.#set(undefined);
  }

  #set(names: ReadonlySet<string> | undefined): void {
    this.#names = names;
    this.#tell(names);
  }
}
