import { isKeptByBreakouts } from "./breakouts.ts";
import type { Tap } from "./conference.ts";
import type { Ask, Input } from "./inputs.ts";
import { isFull, placeInLine } from "./recorder-pool.ts";
import * as facts from "./recording-facts.ts";
import { type EndReason, isWanted, type ReportedFailure } from "./recording-job.ts";
import {
  isHeld,
  isLimit,
  type KnownJob,
  type Recordings,
  recordingTimes,
  reportOf,
  type Showing,
  silentAtMs,
  wantedOf,
} from "./recordings.ts";
import type { Turn } from "./turn.ts";

const lostForGood = { code: "recorder-lost", text: "the recorder was lost and no other took over" };
const tooLong = { code: "busy", text: "no recorder had room for it in time" };

/** Holds what is shown of recordings against what recorders say, the time and the room. */
export function settleRecordings(turn: Turn): void {
  const { showings, jobs } = turn.state.recordings;
  if (showings.size === 0 && jobs.size === 0) return;
  const { trustedFromMs } = turn.pool;
  if (turn.state.recordings.trustedFromMs !== trustedFromMs) change(turn, { trustedFromMs });
  settleDeserted(turn);
  for (const job of turn.state.recordings.jobs.values()) noteHolder(turn, job);
  for (const showing of turn.state.recordings.showings.values()) settleShowing(turn, showing);
  forgetDone(turn);
  settleTaps(turn);
}

/** What was told of a job, by the recorder or for want of one. */
function settleShowing(turn: Turn, showing: Showing): void {
  if (showing.status === "off") return;
  const job = turn.state.recordings.jobs.get(showing.job);
  if (!job) goOff(turn, showing, { code: "internal", text: "it was lost" });
  else if (showing.ending) settleEnding(turn, job, showing);
  else if (isHeld(job, turn.pool.trustedFromMs, turn.now) || job.report?.finished) settleHeld(turn, job, showing);
  else if (job.lostSinceMs !== 0) settleLost(turn, job, showing);
  else settleWaiting(turn, job, showing);
}

function settleEnding(turn: Turn, job: KnownJob, showing: Showing): void {
  const { ending } = showing;
  if (!ending) return;
  const report = reportOf(job, showing);
  const isAtWork = isHeld(job, turn.pool.trustedFromMs, turn.now) && report !== undefined && report.status !== "off";
  if (isAtWork && turn.now < ending.untilMs) return;
  const { failure } = report ?? {};
  if (report?.status === "off" && failure && !isLimit(failure)) goOff(turn, showing, failure);
  else goOff(turn, showing, ending.reason, ending.by);
}

function settleHeld(turn: Turn, job: KnownJob, showing: Showing): void {
  const report = reportOf(job, showing);
  if (report?.status === "off" || job.report?.finished) {
    const { failure } = report ?? {};
    if (!failure) takeAway(turn, showing, "empty");
    else takeAway(turn, showing, isLimit(failure) ? "limit" : failure);
    return;
  }
  const isOn = report?.status === "on";
  if (isOn && !showing.hasStarted) facts.tellStarted(turn, job, showing);
  const hasStarted = isOn || showing.hasStarted;
  const now = setShowing(turn, { ...showing, status: isOn ? "on" : "pending", position: 0, hasStarted });
  if (now.kind === "file") warn(turn, job, now, job.report?.warnings ?? []);
  else noteRetries(turn, job, now);
}

function warn(turn: Turn, job: KnownJob, showing: Showing, warnings: readonly string[]): void {
  const fresh = warnings.filter((warning) => !showing.warned.includes(warning));
  if (fresh.length === 0) return;
  for (const warning of fresh) facts.tellWarned(turn, job, showing, warning);
  setShowing(turn, { ...showing, warned: [...showing.warned, ...fresh] });
}

function noteRetries(turn: Turn, job: KnownJob, showing: Showing): void {
  const retries = facts.targetsOf(job, showing).reduce((sum, target) => sum + target.retries, 0);
  if (retries > showing.retries) facts.tellRetrying(turn, job, showing);
  if (retries !== showing.retries) setShowing(turn, { ...showing, retries });
}

/** Another recorder is to take it over: it is not off, it is on its way again. */
function settleLost(turn: Turn, job: KnownJob, showing: Showing): void {
  const isBlind = turn.now < turn.pool.trustedFromMs;
  if (!isBlind && turn.now >= job.lostSinceMs + recordingTimes.takeoverMs) takeAway(turn, showing, lostForGood);
  else if (showing.status !== "pending") setShowing(turn, { ...showing, status: "pending" });
}

function settleWaiting(turn: Turn, job: KnownJob, showing: Showing): void {
  const { pool, rules } = turn;
  const position = isFull(pool, job.mode) ? placeInLine(pool, job.mode, job.id) : 0;
  const waitedMs = turn.now - job.createdMs;
  // It found a place at first, and others were quicker.
  const isTooMany = position > rules.recordingQueue;
  if (waitedMs >= rules.recordingQueueTimeoutMs || (isTooMany && waitedMs >= recordingTimes.claimMs)) {
    takeAway(turn, showing, tooLong);
    return;
  }
  if (position === showing.position && (position === 0 || showing.isQueueTold)) return;
  const next = setShowing(turn, { ...showing, position, isQueueTold: showing.isQueueTold || position > 0 });
  if (!showing.isQueueTold && position > 0) facts.tellQueued(turn, job, next);
}

/** Ends one by itself: its output leaves the job, and it is off at once. */
function takeAway(turn: Turn, showing: Showing, why: EndReason | ReportedFailureLike): void {
  removeOutput(turn, showing, typeof why === "string" ? why : "failed");
  goOff(turn, showing, why);
}

type ReportedFailureLike = Pick<ReportedFailure, "code" | "text"> & { readonly reason?: string };

/** Somebody ends it: its output leaves the job, and it is off when its recorder says so. */
export function beginEnding(turn: Turn, showing: Showing, reason: EndReason, by: string, ask?: Ask): void {
  removeOutput(turn, showing, reason, ask);
  setShowing(turn, { ...showing, ending: { reason, by, untilMs: turn.now + recordingTimes.endingMs } });
}

function removeOutput(turn: Turn, { job: id, kind, session }: Showing, endReason: EndReason, ask?: Ask): void {
  const job = turn.state.recordings.jobs.get(id);
  if (!job) return;
  const isIts = (kind === "file" ? job.file : job.stream)?.session === session;
  if (isIts) putJob(turn, { ...job, [kind]: undefined, endReason }, ask);
  else if (ask !== undefined) turn.reply(ask);
}

export function goOff(turn: Turn, showing: Showing, why: EndReason | ReportedFailureLike, by = ""): void {
  const job = turn.state.recordings.jobs.get(showing.job);
  const isFailure = typeof why !== "string";
  if (isFailure) facts.tellFailed(turn, job, showing, why);
  else facts.tellStopped(turn, job, showing, why);
  const failure = !isFailure ? "" : why.reason === "busy" || why.code === "busy" ? "busy" : "error";
  const goneAtMs = turn.now + recordingTimes.offShownMs;
  setShowing(turn, {
    ...showing,
    status: "off",
    position: 0,
    failure,
    by: by || showing.by,
    ending: undefined,
    goneAtMs,
  });
}

/** The sitting is over: whatever is under way ends, and that is said before the sitting's own end. */
export function endRecordings(turn: Turn, reason: EndReason): void {
  for (const showing of turn.state.recordings.showings.values()) {
    if (showing.status === "off") continue;
    const why = showing.ending?.reason ?? reason;
    removeOutput(turn, showing, why);
    goOff(turn, showing, why, showing.ending?.by);
  }
}

/** Who loads the page again is back soon; with nobody but recorders in the room for longer, there is nothing to record. */
function settleDeserted(turn: Turn): void {
  const isDeserted =
    turn.members.size > 0 && [...turn.members.values()].every(({ hidden }) => hidden) && !isKeptByBreakouts(turn);
  const { desertedSinceMs, showings } = turn.state.recordings;
  if (isDeserted !== (desertedSinceMs !== 0)) change(turn, { desertedSinceMs: isDeserted ? turn.now : 0 });
  else if (isDeserted && turn.now >= desertedSinceMs + recordingTimes.desertedMs) {
    for (const showing of showings.values()) {
      if (showing.status !== "off" && !showing.ending) beginEnding(turn, showing, "empty", "");
    }
  }
}

function noteHolder(turn: Turn, job: KnownJob): void {
  const { trustedFromMs } = turn.pool;
  const { report, lostSinceMs } = job;
  const held = isHeld(job, trustedFromMs, turn.now) || report?.finished === true;
  if (held) {
    if (lostSinceMs !== 0) setJob(turn, { ...job, lostSinceMs: 0 });
    return;
  }
  if (!report || lostSinceMs !== 0) return;
  const isGivenUp = report.recorder === "";
  setJob(turn, { ...job, lostSinceMs: isGivenUp ? turn.now : silentAtMs(report, trustedFromMs) });
  if (isGivenUp) return;
  for (const showing of turn.state.recordings.showings.values()) {
    const isIts = showing.job === job.id && showing.kind === "file" && showing.status === "on" && !showing.ending;
    if (isIts) facts.tellWarned(turn, job, showing, "recorder-lost: another recorder is to take over");
  }
}

/** Recorders of tracks and sound take part as bridges do, while they are there. */
function settleTaps(turn: Turn): void {
  const { jobs } = turn.state.recordings;
  const taps = [...jobs.values()].flatMap((job): readonly Tap[] => {
    const { report, mode } = job;
    if (mode === "composite" || !report || !isWanted(job)) return [];
    return isHeld(job, turn.pool.trustedFromMs, turn.now) ? [{ id: report.recorder, instance: report.instance }] : [];
  });
  const unique = taps.filter(({ id }, index) => taps.findIndex((tap) => tap.id === id) === index);
  if (JSON.stringify(unique) !== JSON.stringify(turn.state.taps)) turn.change({ taps: unique });
}

function forgetDone(turn: Turn): void {
  const { showings, jobs } = turn.state.recordings;
  const gone = [...showings.values()].filter(({ goneAtMs }) => goneAtMs !== 0 && goneAtMs <= turn.now);
  if (gone.length > 0) {
    change(turn, { showings: new Map([...showings].filter(([, showing]) => !gone.includes(showing))) });
  }
  const left = turn.state.recordings.showings;
  const done = [...jobs.values()].filter(
    (job) => !isWanted(job) && ![...left.values()].some((one) => one.job === job.id),
  );
  if (done.length === 0) return;
  const rest = new Map([...turn.state.recordings.jobs].filter(([id]) => !done.some((job) => job.id === id)));
  change(turn, { jobs: rest });
}

type Of<T extends Input["type"]> = Extract<Input, { readonly type: T }>;

export function noteReport(turn: Turn, { job: id, report }: Of<"recording-reported">): void {
  const job = turn.state.recordings.jobs.get(id);
  if (job) setJob(turn, { ...job, report });
}

/** A start that could not be stored never was. */
export function noteJobNotPut(turn: Turn, { job: id, ask, failure }: Of<"job-not-put">): void {
  turn.reply(ask, failure);
  for (const showing of turn.state.recordings.showings.values()) {
    if (showing.job !== id || showing.ask !== ask || showing.status === "off") continue;
    takeAway(turn, showing, { code: "internal", text: `it could not be stored (${failure.code})` });
  }
}

export function putJob(turn: Turn, job: KnownJob, ask?: Ask): void {
  setJob(turn, job);
  turn.do({ type: "put-job", job: wantedOf(job), ...(ask === undefined ? {} : { ask }) });
}

function setJob(turn: Turn, job: KnownJob): void {
  change(turn, { jobs: new Map(turn.state.recordings.jobs).set(job.id, job) });
}

export function setShowing(turn: Turn, showing: Showing): Showing {
  change(turn, { showings: new Map(turn.state.recordings.showings).set(showing.session, showing) });
  return showing;
}

function change(turn: Turn, changes: Partial<Recordings>): void {
  turn.change({ recordings: { ...turn.state.recordings, ...changes } });
}
