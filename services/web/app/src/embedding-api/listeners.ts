type Listener = (...args: unknown[]) => void;

interface Entry {
  readonly listener: Listener;
  readonly isOnce: boolean;
}

/** What pages know of Node's EventEmitter; an exception of one listener keeps nothing from the others. */
export class Listeners {
  readonly #entries = new Map<string, readonly Entry[]>();

  on(event: string, listener: Listener): this {
    return this.#add(event, { listener, isOnce: false });
  }

  addListener(event: string, listener: Listener): this {
    return this.on(event, listener);
  }

  once(event: string, listener: Listener): this {
    return this.#add(event, { listener, isOnce: true });
  }

  prependListener(event: string, listener: Listener): this {
    return this.#add(event, { listener, isOnce: false }, true);
  }

  prependOnceListener(event: string, listener: Listener): this {
    return this.#add(event, { listener, isOnce: true }, true);
  }

  off(event: string, listener: Listener): this {
    const entries = this.#of(event);
    const index = entries.findLastIndex((entry) => entry.listener === listener);
    if (index >= 0) this.#entries.set(event, entries.toSpliced(index, 1));
    return this;
  }

  removeListener(event: string, listener: Listener): this {
    return this.off(event, listener);
  }

  removeAllListeners(event?: string): this {
    if (event === undefined) this.#entries.clear();
    else this.#entries.delete(event);
    return this;
  }

  listenerCount(event: string): number {
    return this.#of(event).length;
  }

  listeners(event: string): Listener[] {
    return this.#of(event).map(({ listener }) => listener);
  }

  eventNames(): string[] {
    return [...this.#entries].filter(([, entries]) => entries.length > 0).map(([event]) => event);
  }

  emit(event: string, ...args: unknown[]): boolean {
    const entries = this.#of(event);
    for (const { listener, isOnce } of entries) {
      if (isOnce) this.off(event, listener);
      try {
        listener.apply(this, args);
      } catch (error) {
        reportError(error);
      }
    }
    return entries.length > 0;
  }

  #add(event: string, entry: Entry, isFirst = false): this {
    this.#entries.set(event, isFirst ? [entry, ...this.#of(event)] : [...this.#of(event), entry]);
    return this;
  }

  #of(event: string): readonly Entry[] {
    return this.#entries.get(event) ?? [];
  }
}
