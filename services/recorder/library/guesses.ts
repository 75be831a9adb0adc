import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { libraryLimits as limits } from "./limits.ts";

type Count = { failures: number; sinceMs: number };

/** Counts wrong passwords, keys and secrets by address and by account; beyond a number of them nothing is looked at. */
export class Guesses {
  readonly #clock: Clock;
  readonly #counts = new Map<string, Count>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Rejects with `resource-exhausted` who has guessed wrong too often. `account` is empty for keys and links. */
  check(address: string, account = ""): void {
    const isOver =
      this.#failures(`a:${address}`) >= limits.guessesPerAddress ||
      (account !== "" && this.#failures(`u:${account}`) >= limits.guessesPerAccount);
    if (isOver) throw new VecheError("resource-exhausted", "too many wrong guesses; try again in five minutes");
  }

  failed(address: string, account = ""): void {
    this.#count(`a:${address}`);
    if (account !== "") this.#count(`u:${account}`);
  }

  #failures(key: string): number {
    const count = this.#counts.get(key);
    return count !== undefined && this.#clock.now() - count.sinceMs < limits.guessWindowMs ? count.failures : 0;
  }

  #count(key: string): void {
    const failures = this.#failures(key);
    const sinceMs = failures === 0 ? this.#clock.now() : (this.#counts.get(key)?.sinceMs ?? this.#clock.now());
    this.#counts.delete(key);
    this.#counts.set(key, { failures: failures + 1, sinceMs });
    const oldest = this.#counts.keys().next().value;
    if (this.#counts.size > limits.guessers && oldest !== undefined) this.#counts.delete(oldest);
  }
}
