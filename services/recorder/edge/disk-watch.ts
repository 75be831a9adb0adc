/** Looks after the volume of the recordings: warns before it is nearly full, and says when recordings are to end. */
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { type DiskLevel, type DiskRules, diskLevel, diskReserve } from "../domain/disk.ts";

const everyMs = 1_000;

export type DiskGiven = {
  readonly rules: DiskRules;
  readonly clock: Clock;
  readonly log: Log;
  /** Free bytes now. */
  readonly free: () => Promise<number>;
  /** Bytes of each recording that is not joined yet. */
  readonly unfinished: () => readonly number[];
  readonly onLevel: (level: DiskLevel, freeBytes: number) => void;
};

export class DiskWatch implements Disposable {
  readonly #given: DiskGiven;
  #timer: Timer | undefined;
  #level: DiskLevel = "good";
  #freeBytes = 0;
  #problem: string | undefined;
  #isLooking = false;

  constructor(given: DiskGiven) {
    this.#given = given;
  }

  async start(): Promise<void> {
    await this.look();
    this.#timer = this.#given.clock.every(everyMs, () => void this.look());
  }

  get level(): DiskLevel {
    return this.#level;
  }

  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** What stays free now. */
  get reserveBytes(): number {
    return diskReserve(this.#given.rules, this.#given.unfinished());
  }

  /** Why it can't be looked at. */
  get problem(): string | undefined {
    return this.#problem;
  }

  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { rules, free, unfinished, onLevel, log } = this.#given;
    try {
      this.#freeBytes = await free();
      this.#problem = undefined;
      const level = diskLevel(this.#freeBytes, rules, unfinished(), this.#level);
      if (level !== this.#level) {
        this.#level = level;
        onLevel(level, this.#freeBytes);
      }
    } catch (error) {
      if (this.#problem === undefined) log.error({ err: error }, "the volume of the recordings can't be looked at");
      this.#problem = "the volume of the recordings can't be looked at";
    } finally {
      this.#isLooking = false;
    }
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
  }
}
