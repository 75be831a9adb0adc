const kept = 21;

/** How long the XMPP server takes to answer: the median of the last requests that no client has a part in. */
export class RoundTrip {
  readonly #samples: number[] = [];

  note(ms: number): void {
    this.#samples.push(ms);
    if (this.#samples.length > kept) this.#samples.shift();
  }

  get medianMs(): number | undefined {
    const sorted = [...this.#samples].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }
}
