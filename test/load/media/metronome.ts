/** One timer for everybody who sends: each is told the time, and sends what is due by then. */

const usualBeatMs = 5;

export type Player = {
  /** Both on the clock of `performance`. */
  play(nowMs: number): void;
};

export class Metronome implements Disposable {
  readonly #players = new Set<Player>();
  readonly #beatMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(beatMs: number = usualBeatMs) {
    this.#beatMs = beatMs;
  }

  add(player: Player): void {
    this.#players.add(player);
    this.#timer ??= setInterval(() => this.#beat(), this.#beatMs);
  }

  remove(player: Player): void {
    this.#players.delete(player);
    if (this.#players.size === 0) this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #beat(): void {
    const now = performance.now();
    for (const player of this.#players) player.play(now);
  }
}

/** Counts off what is due at a fixed interval; what was missed for long is left out, as a stalled encoder does. */
export class Pace {
  readonly #intervalMs: number;
  #next: number;

  constructor(intervalMs: number, phaseMs: number, nowMs: number) {
    this.#intervalMs = intervalMs;
    this.#next = nowMs + (phaseMs % intervalMs);
  }

  due(nowMs: number): number {
    if (nowMs < this.#next) return 0;
    const due = Math.floor((nowMs - this.#next) / this.#intervalMs) + 1;
    this.#next += due * this.#intervalMs;
    return Math.min(due, 10);
  }
}
