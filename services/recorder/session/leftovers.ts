/** Folders of recordings that nobody records any more: what this recorder left when it was killed, or one that is gone for good. */
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { Me } from "../domain/claims.ts";
import type { Finisher } from "./finisher.ts";
import { Folder } from "./folder.ts";
import type { Ports } from "./ports.ts";

/** A recorder that is not seen for so long is not waited for. */
const goneAfterMs = 300_000;

export type LeftoversGiven = {
  /** Where recordings are kept, a folder each; recorders may share it. */
  readonly root: string;
  readonly me: Me;
  readonly ports: Pick<Ports, "adopt">;
  readonly finisher: Finisher;
  readonly clock: Clock;
  readonly log: Log;
  /** It is recorded here or elsewhere, or is about to be. */
  readonly isUnderWay: (folder: Folder) => boolean;
  /** Another recorder is there under that name. */
  readonly isThere: (recorder: string) => boolean;
};

export class Leftovers {
  readonly #given: LeftoversGiven;
  /** Recorders that are not there, by when that was first seen. */
  readonly #goneSince = new Map<string, number>();
  #looking: Promise<void> | undefined;

  constructor(given: LeftoversGiven) {
    this.#given = given;
  }

  /** Has all there are now be finished. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { root, finisher, isUnderWay, clock, log } = this.#given;
    try {
      for (const folder of await Folder.all(root)) {
        if (folder.stage === "finished" || finisher.has(folder.id) || isUnderWay(folder)) continue;
        if (!(await this.#isOurs(folder))) continue;
        if (folder.stage === "recording") await folder.end(Math.max(...folder.knownMs, 0) || clock.now());
        log.info({ recording: folder.id }, "a recording was left unfinished: it is finished now");
        finisher.add(folder);
      }
    } catch (error) {
      log.error({ err: error }, "the folders of recordings could not be looked at");
    }
  }

  /** From before, or because nobody else can finish it: its recorder was renamed, or is one of fewer than there were. */
  async #isOurs(folder: Folder): Promise<boolean> {
    const { me, ports, clock, log, isThere } = this.#given;
    const { recorder } = folder.recording;
    if (recorder === me.recorder) return true;
    if (isThere(recorder)) {
      this.#goneSince.delete(recorder);
      return false;
    }
    const since = this.#goneSince.get(recorder) ?? clock.now();
    this.#goneSince.set(recorder, since);
    if (clock.now() - since < goneAfterMs) return false;
    if (!(await folder.adopt(me.recorder, () => ports.adopt(folder.recording)))) return false;
    log.warn({ recording: folder.id, recorder }, "its recorder is gone: the recording is taken over");
    return true;
  }
}
