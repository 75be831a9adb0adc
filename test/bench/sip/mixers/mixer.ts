import type { Places, Wanted } from "../sound-process.ts";

/** Who mixes the sound of telephones: a process of its own, whose cost is counted. */
export type Mixer = AsyncDisposable & {
  /** Once. It sends to where the legs say; returned is where they are to send to. */
  open(legs: readonly Wanted[]): Promise<readonly Places[]>;
  /** Once it is open. */
  readonly pid: number;
  /** Throws with what it said last where it has ended. */
  until(isReady: () => boolean): Promise<void>;
};
