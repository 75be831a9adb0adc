/** One recording while it is recorded: its folder, and what writes into it now, if anything does. */
import type { Clock } from "@veche/kit/clock.ts";
import type { SessionError } from "./contract.ts";
import { failureOf } from "./errors.ts";
import type { Folder } from "./folder.ts";
import type { Attempt } from "./ports.ts";

export type Stored = { readonly seconds: number; readonly bytes: number };

/** What writes: a sink of segments, or a capture of tracks. */
export type Keeping = {
  readonly attempt: Attempt;
  readonly stored: () => Stored;
  readonly close: () => Promise<void>;
};

export class FileRun {
  readonly folder: Folder;
  readonly #clock: Clock;
  #keeping: Keeping | undefined;
  /** How often in a row its sink failed. */
  failures = 0;
  /** Not to be opened again before. */
  retryAtMs = 0;
  /** Zero until something was kept, here or by another recorder. */
  startedMs: number;
  #isOn = false;

  constructor(folder: Folder, clock: Clock, startedMs: number) {
    this.folder = folder;
    this.#clock = clock;
    this.startedMs = startedMs;
  }

  get id(): string {
    return this.folder.id;
  }

  /** Something of it was kept here, and it was not ended. */
  get isOn(): boolean {
    return this.#isOn;
  }

  get isKept(): boolean {
    return this.#keeping !== undefined;
  }

  isKeptBy(attempt: number): boolean {
    return this.#keeping?.attempt.attempt === attempt;
  }

  /** How long what writes now has been there. */
  get keptMs(): number {
    return this.#keeping ? this.#clock.now() - this.#keeping.attempt.startedMs : 0;
  }

  /** Over all attempts. */
  get stored(): Stored {
    const before = this.folder.stored;
    const now = this.#keeping?.stored() ?? { seconds: 0, bytes: 0 };
    // What runs is noted now and then, and counts once.
    const noted = this.#noted;
    return {
      seconds: before.seconds - noted.seconds + now.seconds,
      bytes: before.bytes - noted.bytes + now.bytes,
    };
  }

  #noted: Stored = { seconds: 0, bytes: 0 };

  /** The number of the attempt is to be noted in the folder before anything is written under it. */
  keep(keeping: Keeping): void {
    this.#keeping = keeping;
    this.#noted = { seconds: 0, bytes: 0 };
    this.#isOn = true;
    if (this.startedMs === 0) this.startedMs = this.#clock.now();
  }

  /** So that it is known after a crash how much there was. */
  async note(): Promise<void> {
    if (!this.#keeping) return;
    this.#noted = this.#keeping.stored();
    await this.folder.noteAttempt(this.#keeping.attempt.attempt, this.#noted);
  }

  /** What was written is whole afterwards. */
  async letGo(): Promise<void> {
    const keeping = this.#keeping;
    if (!keeping) return;
    this.#keeping = undefined;
    try {
      await keeping.close();
    } finally {
      const stored = keeping.stored();
      this.#noted = { seconds: 0, bytes: 0 };
      await this.folder.noteAttempt(keeping.attempt.attempt, { ...stored, endedMs: this.#clock.now() });
    }
  }

  async end(error: SessionError | undefined): Promise<void> {
    try {
      await this.letGo();
    } finally {
      await this.folder.end(this.#clock.now(), error && failureOf(error));
    }
  }
}
