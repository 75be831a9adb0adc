/** All sessions of this recorder: takes jobs while there is room, keeps them, hands over what was recorded. */
import type { Bus } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { Job, JobState } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { type Kind, type Limits, type Load, type Refusal, refusalOf, type Standing } from "../domain/admission.ts";
import { type Claim, decideClaims, type Me } from "../domain/claims.ts";
import type { DiskLevel } from "../domain/disk.ts";
import { JobBoard, type Lease } from "../edge/job-board.ts";
import type { RecorderEvents, Taken } from "../events.ts";
import type { Stored } from "./contract.ts";
import { diskWarning } from "./errors.ts";
import { Finisher } from "./finisher.ts";
import type { Folder } from "./folder.ts";
import { Holding } from "./holding.ts";
import { kindOf, seenJob } from "./job.ts";
import { Leftovers } from "./leftovers.ts";
import { OutputNews } from "./output-news.ts";
import type { Ports } from "./ports.ts";
import { Session } from "./session.ts";
import { isOnWithSomebody, type OutputView, startsOf, stateOf } from "./view.ts";

const times = {
  lookMs: 250,
  tickMs: 1_000,
  noteMs: 60_000,
  leftoversMs: 30_000,
  /** A composite younger than that is not in the measured load yet. */
  settleMs: 15_000,
} as const;

export type RecorderGiven = {
  readonly bus: Bus;
  readonly me: Me;
  readonly root: string;
  readonly usageTimeoutMs: number;
  readonly ports: Ports;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: RecorderEvents;
  /** What the machine has to spare; counts are filled in here. */
  readonly measured: () => Pick<Load, "cpuFraction" | "cores" | "freeMemoryBytes" | "freeDiskBytes">;
  readonly limits: () => Limits;
  readonly standing: () => Omit<Standing, "isDraining">;
  /** Another recorder is there that may take what this one gives up. */
  readonly hasSuccessor: (kind: Kind) => boolean;
  /** Another recorder is there under that name. */
  readonly isThere: (recorder: string) => boolean;
  /** What of a recording is safe: once a minute. */
  readonly onStored: (folder: Folder, stored: Stored) => void;
  /** An output has begun or ended. */
  readonly onOutput: (view: OutputView, kind: "file" | "stream") => void;
  /** What others are told of this recorder may be otherwise now. */
  readonly onChange: () => void;
};

export class Recorder implements AsyncDisposable {
  readonly #given: RecorderGiven;
  readonly #holdings = new Map<string, Holding>();
  /** Being written at this moment. */
  readonly #claiming = new Map<string, Kind>();
  readonly #news: OutputNews;
  readonly #leftovers: Leftovers;
  readonly #timers: Timer[] = [];
  readonly finisher: Finisher;
  #board: JobBoard | undefined;
  #disk: DiskLevel = "good";
  #isDraining = false;
  #summary = "";
  #idle: (() => void)[] = [];

  constructor(given: RecorderGiven) {
    this.#given = given;
    const { clock, events, ports, onOutput } = given;
    this.finisher = new Finisher({ clock, events, finish: ports.finish });
    this.#news = new OutputNews(events, onOutput);
    const isUnderWay = (folder: Folder) => this.#isUnderWay(folder);
    this.#leftovers = new Leftovers({ ...given, finisher: this.finisher, isUnderWay });
  }

  async start(): Promise<void> {
    const { bus, me, clock, log } = this.#given;
    this.#board = await JobBoard.open({ bus, me, clock, log, onChange: (job) => this.#heard(job) });
    this.#look();
    this.#timers.push(
      clock.every(times.lookMs, () => this.#look()),
      clock.every(times.tickMs, () => this.#tick()),
      clock.every(times.noteMs, () => this.#note()),
      clock.every(times.leftoversMs, () => void (this.#isDraining || this.#leftovers.look())),
    );
    await this.#leftovers.look();
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Sessions under way. */
  count(kind: Kind): number {
    return this.#running.filter(({ session }) => session.kind === kind).length;
  }

  /** Why no further one is taken. */
  refusal(kind: Kind, needsDisk = true): Refusal | undefined {
    return refusalOf({ kind, needsDisk }, this.#load, this.#given.limits(), this.#standing);
  }

  /** Bytes of each recording that is not joined yet. */
  unfinishedBytes(): readonly number[] {
    const running = this.#running.map(({ session }) => session.recorded?.stored.bytes ?? 0);
    return [...running, ...this.finisher.bytes];
  }

  warnings(): readonly string[] {
    return this.#disk === "good" ? [] : [diskWarning];
  }

  setDisk(level: DiskLevel): void {
    this.#disk = level;
    for (const { session } of this.#running) session.setDisk(level);
    this.#given.onChange();
  }

  /** A session that no focus asked for; it is ended by `stopLocal` or by itself. False where there is no room. */
  startLocal(job: Job): boolean {
    const kind = kindOf(job);
    if (this.refusal(kind, job.file !== undefined) !== undefined || this.#holdings.has(job.job)) return false;
    const session = this.#sessionFor(job, undefined);
    this.#hold(job.job, session, undefined, "by-http");
    return true;
  }

  /** Ends one of them, or all. */
  async stopLocal(job?: string): Promise<void> {
    const local = [...this.#holdings].filter(([id, holding]) => holding.isLocal && (job === undefined || id === job));
    for (const [, { session }] of local) session.stop();
    await Promise.all(local.map(([, { session }]) => session.over()));
  }

  /** Takes nothing new. Resolves when nothing is under way any more. */
  drain(): Promise<void> {
    this.#isDraining = true;
    this.#given.onChange();
    if (this.#running.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Gives its jobs up, and stops capturing when others go on with them. What was recorded is safe. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDraining = true;
    for (const timer of this.#timers.splice(0)) timer.cancel();
    await this.stopLocal();
    const { hasSuccessor } = this.#given;
    await Promise.all(
      [...this.#holdings].map(([job, holding]) =>
        holding.handOver(
          () => hasSuccessor(holding.session.kind),
          () => isOnWithSomebody(this.#board?.states.get(job)?.value),
        ),
      ),
    );
    this.#board?.[Symbol.dispose]();
    await this.finisher[Symbol.asyncDispose]();
    this.#holdings.clear();
  }

  get #running(): readonly Holding[] {
    return [...this.#holdings.values()].filter(({ session }) => !session.isFinished);
  }

  get #load(): Load {
    const settling = this.#given.clock.now() - times.settleMs;
    const composites = this.#running.filter(({ session }) => session.kind === "composite");
    const claimed = (kind: Kind) => [...this.#claiming.values()].filter((one) => one === kind).length;
    return {
      ...this.#given.measured(),
      composites: composites.length + claimed("composite"),
      settlingComposites: composites.filter(({ sinceMs }) => sinceMs > settling).length + claimed("composite"),
      tracks: this.count("tracks") + claimed("tracks"),
    };
  }

  get #standing(): Standing {
    return { ...this.#given.standing(), isDraining: this.#isDraining };
  }

  #heard(job: string): void {
    const holding = this.#holdings.get(job);
    const heard = this.#board?.jobs.get(job)?.job;
    if (holding && !holding.isLocal && !holding.isLost) {
      if (heard) holding.session.change(heard);
      else holding.session.stop();
      this.#forgetGone(job, holding);
    }
    // While the first ones are heard there is no board: they are looked at together.
    this.#look();
  }

  /** A finished job that nobody lists any more. */
  #forgetGone(job: string, holding: Holding): void {
    if (!holding.session.isFinished || holding.isLocal || this.#board?.jobs.has(job)) return;
    this.#holdings.delete(job);
    void holding.remove();
  }

  #look(): void {
    const board = this.#board;
    if (!board) return;
    const { me, clock, limits } = this.#given;
    const jobs = [...board.jobs.values()].map(({ job, heardMs }) => seenJob(job, heardMs));
    const held = new Set([...this.#holdings.keys(), ...this.#claiming.keys()]);
    const view = { jobs, states: board.states, held, load: this.#load, limits: limits(), standing: this.#standing };
    for (const claim of decideClaims(view, me, clock.now())) void this.#claim(claim, board);
    for (const [job, holding] of this.#holdings) {
      holding.poke();
      this.#tellOutputs(holding);
      this.#forgetGone(job, holding);
    }
    this.#tellChange();
  }

  async #claim(claim: Claim, board: JobBoard): Promise<void> {
    const { log } = this.#given;
    const job = board.jobs.get(claim.job)?.job;
    if (!job) return;
    this.#claiming.set(claim.job, kindOf(job));
    try {
      const former = claim.type === "take" ? undefined : board.states.get(claim.job)?.value;
      const session = this.#sessionFor(job, former);
      const state = stateOf(session.view());
      if (claim.type === "settle") {
        await board.takeOver(claim.job, claim.revision, { ...state, finished: true });
        return;
      }
      const lease =
        claim.type === "take"
          ? await board.take(claim.job, state)
          : await board.takeOver(claim.job, claim.revision, state);
      if (!lease) return;
      if (this.#isDraining) {
        // It ends while the write was on its way.
        await new Holding({ ...this.#given, session, lease, sinceMs: 0, onLost: () => {} }).release();
        return;
      }
      this.#hold(claim.job, session, lease, claim.type === "take" ? "taken" : "taken-over");
      // It may have been changed while the write was on its way.
      const now = board.jobs.get(claim.job)?.job;
      if (now) session.change(now);
      else session.stop();
    } catch (error) {
      log.debug({ err: error, job: claim.job }, "a job could not be taken; it is tried again");
    } finally {
      this.#claiming.delete(claim.job);
    }
  }

  #sessionFor(job: Job, former: JobState | undefined): Session {
    const { root, usageTimeoutMs, ports, clock, log, events, me } = this.#given;
    return new Session({
      job,
      attempt: former?.attempt ?? 0,
      startedMs: startsOf(former),
      recorder: me.recorder,
      root,
      usageTimeoutMs,
      ports,
      clock,
      log: log.child({ job: job.job, room: job.room }),
      onChange: () => this.#changed(job.job),
      onRecorded: (folder) => this.finisher.add(folder),
      onBroken: (code) => events.broken(job.job, code),
    });
  }

  #hold(job: string, session: Session, lease: Lease | undefined, how: Taken): void {
    const { clock, log, events } = this.#given;
    const holding = new Holding({
      session,
      lease,
      sinceMs: clock.now(),
      clock,
      log,
      onLost: () => void this.#lost(job, holding),
    });
    this.#holdings.set(job, holding);
    events.taken(how, { job, room: session.job.room, kind: session.kind });
    session.setDisk(this.#disk);
    session.start();
    this.#tellChange();
  }

  async #lost(job: string, holding: Holding): Promise<void> {
    this.#given.events.lost(job);
    await holding.session.leave();
    if (this.#holdings.get(job) === holding) this.#holdings.delete(job);
    this.#tellChange();
  }

  #changed(job: string): void {
    const holding = this.#holdings.get(job);
    if (!holding) return;
    holding.poke();
    this.#tellOutputs(holding);
    if (!holding.session.isFinished) return;
    if (holding.isLocal) this.#holdings.delete(job);
    this.#tellChange();
  }

  #tick(): void {
    for (const { session } of this.#running) session.tick();
  }

  #note(): void {
    for (const { session } of this.#running) {
      const { recorded } = session;
      if (!recorded || recorded.stored.bytes === 0) continue;
      session.note().catch((error: unknown) => this.#given.log.warn({ err: error }, "a folder's note was not written"));
      this.#given.onStored(recorded.folder, recorded.stored);
    }
  }

  #tellOutputs({ session, isLost }: Holding): void {
    if (!isLost) this.#news.look(session.job.job, session.view());
  }

  #tellChange(): void {
    if (this.#running.length === 0) for (const resolve of this.#idle.splice(0)) resolve();
    const summary = [
      this.count("composite"),
      this.count("tracks"),
      this.refusal("composite"),
      this.refusal("tracks"),
    ].join();
    if (summary === this.#summary) return;
    this.#summary = summary;
    this.#given.onChange();
  }

  /** It is recorded here or elsewhere, or is about to be. */
  #isUnderWay({ id, stage, job: { job } }: Folder): boolean {
    const holding = this.#holdings.get(job);
    if (holding?.session.recorded?.folder.id === id) return true;
    if (stage !== "recording") return false;
    const isWanted = this.#board?.jobs.get(job)?.job.file?.recording === id;
    if (holding?.session.isFinished === false) return isWanted || holding.isLocal;
    return isWanted && (this.#claiming.has(job) || !this.#board?.states.get(job)?.finished);
  }
}
