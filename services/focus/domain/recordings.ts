import type { Ask } from "./inputs.ts";
import type { EndReason, Job, JobReport, OutputKind, ReportedFailure, StreamTarget } from "./recording-job.ts";
import { tellableOf } from "./recording-wish.ts";

/** A job of this sitting, and what its recorder last said. */
export type KnownJob = Job & {
  readonly report?: JobReport | undefined;
  /** Since when no recorder has it that had one; 0: one has, or none has had it yet. */
  readonly lostSinceMs: number;
};

/** What ended it, until its recorder says that it has. */
type Ending = { readonly reason: EndReason; readonly by: string; readonly untilMs: number };

export type ShownTarget = { readonly id: string; readonly host: string; readonly protocol: string };

/** One recording or stream as people are told of it. */
export type Showing = {
  readonly session: string;
  readonly kind: OutputKind;
  readonly job: string;
  /** Endpoint of who started it, and once it is off of who ended it. */
  readonly by: string;
  /** Of a stream, without what is secret. */
  readonly targets: readonly ShownTarget[];
  /** The request that waits until its start is stored. */
  readonly ask?: Ask | undefined;
  readonly status: "pending" | "on" | "off";
  /** 0: a recorder has it, or will at once. */
  readonly position: number;
  readonly failure: "" | "busy" | "error";
  readonly ending?: Ending | undefined;
  readonly hasStarted: boolean;
  readonly isQueueTold: boolean;
  /** Warnings that were told. */
  readonly warned: readonly string[];
  /** Retries of all targets that were told. */
  readonly retries: number;
  /** Its `off` is not shown any more from then on; 0 while it is not off. */
  readonly goneAtMs: number;
};

export type Recordings = {
  readonly jobs: ReadonlyMap<string, KnownJob>;
  /** By session id, in the order in which they were asked for. */
  readonly showings: ReadonlyMap<string, Showing>;
  /** From RecorderPool. */
  readonly trustedFromMs: number;
  /** Since when only the hidden are in the room; 0: others are. */
  readonly desertedSinceMs: number;
  /** Session ids of which the facts have told the end, before this process took the sitting over. */
  readonly over: ReadonlySet<string>;
  /** The room may show what a former focus process said of them. */
  readonly isShownOld: boolean;
};

export const noRecordings: Recordings = {
  jobs: new Map(),
  showings: new Map(),
  trustedFromMs: 0,
  desertedSinceMs: 0,
  over: new Set(),
  isShownOld: false,
};

export const recordingTimes = {
  /** A recorder that has not renewed its state for this long does not have the job any more. */
  silenceMs: 3_000,
  /** How long another may take to take it over. */
  takeoverMs: 60_000,
  /** How long the recorder may take to say that it has ended what it was to end. */
  endingMs: 10_000,
  /** Clients that are told late still see that it went off. */
  offShownMs: 5_000,
  /** Nobody but hidden recorders is left; who loads the page again is back sooner. */
  desertedMs: 30_000,
  /** Longer than any recorder takes to take a job it has room for. */
  claimMs: 5_000,
} as const;

export function newShowing(of: Pick<Showing, "session" | "kind" | "job" | "by">): Showing {
  return {
    ...of,
    targets: [],
    status: "pending",
    position: 0,
    failure: "",
    hasStarted: false,
    isQueueTold: false,
    warned: [],
    retries: 0,
    goneAtMs: 0,
  };
}

/** A recorder has it and has said so lately. */
export function isHeld({ report }: Pick<KnownJob, "report">, trustedFromMs: number, now: number): boolean {
  if (!report || report.finished || report.recorder === "") return false;
  return now < silentAtMs(report, trustedFromMs);
}

export function silentAtMs({ heardMs }: JobReport, trustedFromMs: number): number {
  return Math.max(heardMs, trustedFromMs) + recordingTimes.silenceMs;
}

/** What the report says of that output, and not of one that the job had before. */
export function reportOf({ report }: KnownJob, { kind, session }: Pick<Showing, "kind" | "session">) {
  const found = kind === "file" ? report?.file : report?.stream;
  return found && (found.session === "" || found.session === session) ? found : undefined;
}

/** The job as it stands in the bucket. */
export function wantedOf({ report: _, lostSinceMs: __, ...job }: KnownJob): Job {
  return job;
}

export function showTargets(targets: readonly StreamTarget[]): readonly ShownTarget[] {
  return targets.map(({ id, url }) => ({ id, ...tellableOf(url) }));
}

/** Where a limit ended it nobody failed. */
export function isLimit({ code }: ReportedFailure): boolean {
  return code === "limit";
}

/** When one of them has to be looked at next. */
export function recordingDeadlines(recordings: Recordings, queueTimeoutMs: number): readonly number[] {
  const { jobs, showings, trustedFromMs, desertedSinceMs } = recordings;
  const ofJobs = [...jobs.values()].flatMap(({ report, lostSinceMs, createdMs }) => [
    ...(report
      ? [silentAtMs(report, trustedFromMs)]
      : [createdMs + queueTimeoutMs, createdMs + recordingTimes.claimMs]),
    ...(lostSinceMs === 0 ? [] : [lostSinceMs + recordingTimes.takeoverMs]),
  ]);
  const ofShowings = [...showings.values()].flatMap(({ ending, goneAtMs }) => [
    ...(ending ? [ending.untilMs] : []),
    ...(goneAtMs === 0 ? [] : [goneAtMs]),
  ]);
  const deserted = desertedSinceMs === 0 ? [] : [desertedSinceMs + recordingTimes.desertedMs];
  return [...ofJobs, ...ofShowings, ...deserted];
}
