import type { StreamTargetRef } from "./facts.ts";
import type { ReportedFailure } from "./recording-job.ts";
import { type KnownJob, reportOf, type Showing } from "./recordings.ts";
import type { Turn } from "./turn.ts";

/** The facts about recordings and streams. No key, no address of a stream is in any of them. */
export function tellRequested(turn: Turn, job: KnownJob, showing: Showing): void {
  if (showing.kind === "file") turn.record("recordingRequested", ofRecording(job, showing));
  else turn.record("streamRequested", ofStream(job, showing));
}

/** Streams have no fact of their own for waiting. */
export function tellQueued(turn: Turn, job: KnownJob, showing: Showing): void {
  if (showing.kind !== "file") return;
  turn.record("recordingQueued", { ...ofRecording(job, showing), position: showing.position });
}

export function tellStarted(turn: Turn, job: KnownJob, showing: Showing): void {
  if (showing.kind === "file") turn.record("recordingStarted", ofRecording(job, showing));
  else turn.record("streamStarted", ofStream(job, showing));
}

export function tellStopped(turn: Turn, job: KnownJob | undefined, showing: Showing, reason: string): void {
  if (showing.kind === "file") turn.record("recordingStopped", { ...ofRecording(job, showing), reason });
  else turn.record("streamStopped", { ...ofStream(job, showing), reason });
}

export function tellFailed(
  turn: Turn,
  job: KnownJob | undefined,
  showing: Showing,
  { code, text }: Pick<ReportedFailure, "code" | "text">,
): void {
  const error = { code, text };
  if (showing.kind === "file") turn.record("recordingFailed", { ...ofRecording(job, showing), error });
  else turn.record("streamFailed", { ...ofStream(job, showing), error });
}

export function tellWarned(turn: Turn, job: KnownJob, showing: Showing, warning: string): void {
  const [, code = "", text = ""] = /^([a-z-]{1,40}): (.*)$/s.exec(warning) ?? ["", "warning", warning];
  turn.record("recordingWarned", { ...ofRecording(job, showing), error: { code, text } });
}

export function tellRetrying(turn: Turn, job: KnownJob, showing: Showing): void {
  const failure = job.report?.targets.find((target) => target.failure)?.failure;
  const error = { code: failure?.code ?? "target-unreachable", text: failure?.text ?? "" };
  turn.record("streamRetrying", { ...ofStream(job, showing), error });
}

function ofRecording(job: KnownJob | undefined, { session, by }: Showing) {
  return { recording: session, mode: job?.mode ?? "composite", recorder: job?.report?.recorder ?? "", initiator: by };
}

function ofStream(job: KnownJob | undefined, showing: Showing) {
  const { session, by } = showing;
  const targets = targetsOf(job, showing).map(({ id: _, ...target }): StreamTargetRef => target);
  return { stream: session, targets, recorder: job?.report?.recorder ?? "", initiator: by };
}

/** Targets as they may be told, with their ids for the room's presence. */
export function targetsOf(
  job: KnownJob | undefined,
  showing: Showing,
): readonly (StreamTargetRef & { readonly id: string })[] {
  const isReported = job !== undefined && reportOf(job, showing) !== undefined;
  return showing.targets.map((shown) => {
    const report = isReported ? job.report?.targets.find(({ id }) => id === shown.id) : undefined;
    const { status = "pending", retries = 0 } = report ?? {};
    const state = status === "pending" && retries > 0 ? "retrying" : status;
    return { ...shown, state, retries };
  });
}
