const kept = 21;
/** The first few say more about a process that is starting than about the way between two. */
const fewest = 5;

/** How long the XMPP server takes to answer: the median of the last requests that no client has a part in. */
export class RoundTrip {
  readonly #samples: number[] = [];

  note(ms: number): void {
    this.#samples.push(ms);
    if (this.#samples.length > kept) this.#samples.shift();
  }

  get medianMs(): number | undefined {
    if (this.#samples.length < fewest) return undefined;
    const sorted = [...this.#samples].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }
}
