import { tellRequested } from "./recording-facts.ts";
import { type FoundJob, isWanted, type Job, type OutputKind, outputKinds } from "./recording-job.ts";
import { goOff, putJob, setShowing } from "./recording-progress.ts";
import { type KnownJob, newShowing, showTargets } from "./recordings.ts";
import type { Turn } from "./turn.ts";

/**
 * Goes on with what a former focus process had recorders do: nothing ends by its end. What the facts have told and the
 * jobs don't hold was ended, or never stored; what the jobs hold and the facts don't was not told yet.
 */
export function adoptJobs(turn: Turn, jobs: readonly FoundJob[]): void {
  const kept = jobs.filter(({ job }) => isWanted(job));
  for (const { job, report } of kept) {
    const known: KnownJob = { ...withoutOver(turn, job), report, lostSinceMs: report ? 0 : lostSince(turn, job) };
    // It may have been another unit's: who asks for the job finds it here.
    putJob(turn, known);
    for (const kind of outputKinds) adoptOutput(turn, known, kind);
  }
  for (const showing of turn.state.recordings.showings.values()) {
    if (showing.job !== "") continue;
    const ended = jobs.find(({ job }) => job.endReason !== "")?.job.endReason || "client";
    if (showing.hasStarted) goOff(turn, showing, ended);
    else goOff(turn, showing, { code: "internal", text: "it was lost before it began" });
  }
}

/** One that was on had a recorder, whose state is too old by now: another may still take it over. */
function lostSince(turn: Turn, job: Job): number {
  const { showings } = turn.state.recordings;
  const wasOn = outputKinds.some((kind) => showings.get(job[kind]?.session ?? "")?.hasStarted);
  return wasOn ? turn.now : 0;
}

/** Its end was told and could not be stored any more. */
function withoutOver(turn: Turn, job: Job): Job {
  const { over } = turn.state.recordings;
  const isOver = (kind: OutputKind) => over.has(job[kind]?.session ?? "");
  if (!outputKinds.some(isOver)) return job;
  const { file, stream, ...rest } = job;
  const left = { ...(isOver("file") ? {} : { file }), ...(isOver("stream") ? {} : { stream }) };
  return { ...rest, ...left, endReason: job.endReason || "ended" };
}

function adoptOutput(turn: Turn, job: KnownJob, kind: OutputKind): void {
  const output = job[kind];
  if (!output) return;
  const { session, by } = output;
  const told = turn.state.recordings.showings.get(session);
  const showing = { ...(told ?? newShowing({ session, kind, job: job.id, by: by.endpoint })), job: job.id };
  setShowing(turn, { ...showing, targets: targetsIn(job) });
  if (!told) tellRequested(turn, job, { ...showing, targets: targetsIn(job) });
}

function targetsIn({ stream }: Job) {
  return showTargets(stream?.targets ?? []);
}
