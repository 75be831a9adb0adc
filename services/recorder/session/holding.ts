/** A job this recorder has: its session, and the state that is written of it each second and at each change. */
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { type JobState, Status } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { renewal } from "../domain/claims.ts";
import { type Lease, nobody } from "../edge/job-board.ts";
import type { Session } from "./session.ts";
import { stateOf } from "./view.ts";

/** The bucket forgets after a minute; what is finished is only kept from being forgotten. */
const finishedEveryMs = 20_000;
/** When the recorder ends, others are given so long to go on with a job before it stops capturing. */
const handover = { mostMs: 6_000, lookMs: 250 } as const;
/** A look each quarter of a second must not make a second and a quarter of a second. */
const slackMs = 50;

export type HoldingGiven = {
  readonly session: Session;
  /** Undefined for a session that no bucket knows. */
  readonly lease: Lease | undefined;
  readonly sinceMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly onLost: () => void;
};

export class Holding {
  readonly session: Session;
  readonly sinceMs: number;
  readonly #given: HoldingGiven;
  #written = "";
  #writtenMs = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | undefined;
  #isReleased = false;
  #isLost = false;

  constructor(given: HoldingGiven) {
    this.session = given.session;
    this.sinceMs = given.sinceMs;
    this.#given = given;
  }

  get isLocal(): boolean {
    return this.#given.lease === undefined;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Writes what has changed, or what is due. */
  poke(): void {
    if (!this.#given.lease || this.#writing || this.#isReleased || this.#isLost) return;
    const state = stateOf(this.session.view());
    const text = JSON.stringify(state, (_key, value) => (typeof value === "bigint" ? String(value) : value));
    const everyMs = this.session.isFinished ? finishedEveryMs : renewal.everyMs;
    const isDue = this.#given.clock.now() - this.#writtenMs >= everyMs - slackMs;
    if (text === this.#written && !isDue) return;
    this.#writing = this.#write(state, text).finally(() => {
      this.#writing = undefined;
    });
  }

  /** Given up, so that another takes it at once. */
  async release(): Promise<void> {
    const { lease, log } = this.#given;
    this.#isReleased = true;
    await this.#writing;
    if (!lease || this.#isLost || this.session.isFinished) return;
    try {
      await lease.renew(waiting(stateOf(this.session.view())), nobody);
    } catch (error) {
      log.warn({ err: error, job: lease.job }, "a job could not be given up; it is taken over when its time is over");
    }
  }

  /** Given up; captures on for a while where another recorder would take it, until `isTaken`. */
  async handOver(hasSuccessor: () => boolean, isTaken: () => boolean): Promise<void> {
    const { clock } = this.#given;
    await this.release();
    const untilMs = clock.now() + handover.mostMs;
    while (this.session.isCapturing && hasSuccessor() && clock.now() < untilMs && !isTaken())
      await new Promise<void>((resolve) => void clock.after(handover.lookMs, resolve));
    await this.session.leave();
  }

  /** The job is gone, and with it its state. */
  async remove(): Promise<void> {
    this.#isReleased = true;
    await this.#writing;
    await this.#given.lease?.remove().catch(() => {});
  }

  async #write(state: JobState, text: string): Promise<void> {
    const { lease, clock, log, onLost } = this.#given;
    const nowMs = clock.now();
    try {
      if (!lease) return;
      if (await lease.renew(state)) {
        this.#written = text;
        this.#writtenMs = nowMs;
        return;
      }
      this.#isLost = true;
      onLost();
    } catch (error) {
      log.debug({ err: error }, "a state was not renewed; it is tried again");
    }
  }
}

/** What is not over waits for whoever goes on with it. */
function waiting(state: JobState): JobState {
  for (const output of [state.file, state.stream])
    if (output && output.status !== Status.OFF) output.status = Status.PENDING;
  return state;
}
