import type { Member } from "./conference.ts";
import type { Failure, Input } from "./inputs.ts";
import { isFull, lineOf, recordersAtWork } from "./recorder-pool.ts";
import { tellRequested } from "./recording-facts.ts";
import { isWanted, type Job, type Layout, layouts, type OutputKind, outputKinds } from "./recording-job.ts";
import { beginEnding, putJob, setShowing } from "./recording-progress.ts";
import { type AppData, readAppData, readStreamUrl, readViewUrl, wishLimits } from "./recording-wish.ts";
import { type KnownJob, newShowing, type Showing, showTargets } from "./recordings.ts";
import type { Answer } from "./requests.ts";
import type { Turn } from "./turn.ts";

type Request = Extract<Input, { readonly type: "recording-asked" }>;

const notYours: Failure = { code: "permission-denied", message: "only a moderator records or goes live" };
const switchedOff: Failure = { code: "failed-precondition", message: "this installation has it switched off" };
const unknown: Failure = { code: "not-found", message: "no such recording or stream is under way" };

/** What a client asks by the `jibri` IQ or our own (focus.md 3.9). Answered when the job is stored. */
export function askRecording(turn: Turn, request: Request): Answer {
  const asker = turn.member(request.endpoint);
  if (!asker) return { code: "not-found", message: "that participant is not in the conference" };
  switch (request.action) {
    case "start":
      return start(turn, asker, request);
    case "stop":
      return stop(turn, asker, request);
    case "update":
      return update(turn, asker, request);
    default:
      return bad("what is to be done? start, stop or update");
  }
}

function start(turn: Turn, asker: Member, request: Request): Answer {
  if (request.sipAddress !== "") return { code: "unimplemented", message: "video calls by SIP are not offered" };
  const kind = outputKinds.find((one) => one === request.recordingMode.toLowerCase());
  if (!kind) return bad("recording_mode is file or stream");
  if (!mayControl(asker, kind, request)) return notYours;
  if (!turn.rules.mayRecord[kind]) return switchedOff;
  const data = readAppData(request.appData);
  if (!data.ok) return data.failure;
  const same = turn.state.recordings.showings.get(request.session);
  if (same) return repeat(turn, same, request, kind);
  const { mode } = data.value;
  if (kind === "stream" && mode !== "composite") return bad("what goes live has a picture: its mode is composite");
  const output = toOutput(turn, asker, request, kind, data.value);
  if ("code" in output) return output;
  if (isShown(turn, kind, mode)) return { code: "failed-precondition", message: `a ${kind} of that mode is under way` };
  const before = [...turn.state.recordings.jobs.values()].find((job) => job.mode === mode && canJoin(job));
  const refusal = before ? undefined : checkPool(turn, mode);
  if (refusal) return refusal;
  const empty: KnownJob = {
    id: request.job,
    mode,
    layout: data.value.layout ?? "speaker",
    createdMs: turn.now,
    endReason: "",
    lostSinceMs: 0,
  };
  const job: KnownJob = { ...(before ?? empty), ...output, endReason: "" };
  const fresh = newShowing({ session: request.session, kind, job: job.id, by: asker.endpoint });
  const showing = {
    ...fresh,
    ask: request.ask,
    targets: showTargets(job.stream?.session === request.session ? job.stream.targets : []),
  };
  putJob(turn, job, request.ask);
  setShowing(turn, showing);
  tellRequested(turn, job, showing);
  return "later";
}

/** The same start once more: its first answer was lost on the way. */
function repeat(turn: Turn, { kind, by, job: id }: Showing, request: Request, wanted: OutputKind): Answer {
  const job = turn.state.recordings.jobs.get(id);
  if (kind !== wanted || by !== request.endpoint) return { code: "failed-precondition", message: "that id is in use" };
  if (!job) return "done";
  putJob(turn, job, request.ask);
  return "later";
}

/** One that ends, or whose recorder has ended it, takes nothing more. */
function canJoin(job: KnownJob): boolean {
  return isWanted(job) && job.report?.finished !== true;
}

function isShown(turn: Turn, kind: OutputKind, mode: string): boolean {
  const { jobs, showings } = turn.state.recordings;
  return [...showings.values()].some((one) => {
    if (one.kind !== kind || one.status === "off") return false;
    return kind === "stream" || jobs.get(one.job)?.mode === mode;
  });
}

function checkPool(turn: Turn, mode: Job["mode"]): Failure | undefined {
  const { pool, rules } = turn;
  if (recordersAtWork(pool).length === 0) return { code: "unavailable", message: "no recorder is there" };
  if (!isFull(pool, mode) || lineOf(pool, mode).length < rules.recordingQueue) return undefined;
  return { code: "resource-exhausted", message: "all recorders are busy" };
}

function toOutput(
  turn: Turn,
  { endpoint, person, userId }: Member,
  { session, streamId, broadcastId, ownerKey }: Request,
  kind: OutputKind,
  { metadata }: AppData,
): Pick<Job, "file"> | Pick<Job, "stream"> | Failure {
  const by = { endpoint, person, user: userId };
  const output = { session, by, requestedMs: turn.now };
  if (kind === "file") return { file: { ...output, ownerKey, metadata } };
  const url = readStreamUrl(streamId);
  if (!url.ok) return url.failure;
  const viewUrl = readViewUrl(broadcastId);
  if (!viewUrl.ok) return viewUrl.failure;
  return { stream: { ...output, targets: [{ id: "1", url: url.value }], viewUrl: viewUrl.value } };
}

function stop(turn: Turn, asker: Member, request: Request): Answer {
  const showing = find(turn, asker, request);
  if ("code" in showing) return showing;
  if (showing.ending) return "done";
  beginEnding(turn, showing, "client", asker.endpoint, request.ask);
  return "later";
}

function update(turn: Turn, asker: Member, request: Request): Answer {
  const showing = find(turn, asker, request);
  if ("code" in showing) return showing;
  const job = turn.state.recordings.jobs.get(showing.job);
  if (!job || showing.ending) return unknown;
  const changes = changesOf(job, showing, request);
  if ("code" in changes) return changes;
  putJob(turn, { ...job, ...changes }, request.ask);
  if (changes.stream) setShowing(turn, { ...showing, targets: showTargets(changes.stream.targets) });
  return "later";
}

/** Whoever may not stop or change it hears so, whether it is there or not. */
function find(turn: Turn, asker: Member, request: Request): Showing | Failure {
  const { showings } = turn.state.recordings;
  const showing = request.session === "" ? lastOf(turn, request) : showings.get(request.session);
  if (!showing) return outputKinds.some((kind) => mayControl(asker, kind, request)) ? unknown : notYours;
  if (!mayControl(asker, showing.kind, request)) return notYours;
  return showing.status === "off" ? unknown : showing;
}

/** COMPAT: lib-jitsi-meet stops by the mode alone, and knows one of each. */
function lastOf(turn: Turn, { recordingMode }: Request): Showing | undefined {
  const kind = recordingMode.toLowerCase();
  const running = [...turn.state.recordings.showings.values()].filter(({ status }) => status !== "off");
  return running.findLast((one) => one.kind === kind && !one.ending) ?? running.findLast((one) => one.kind === kind);
}

function changesOf(job: KnownJob, showing: Showing, request: Request): Partial<Job> | Failure {
  const { layout: layoutText, addTarget, removeTarget } = request;
  const layout: Layout | undefined = layoutText === "" ? job.layout : layouts.find((one) => one === layoutText);
  if (!layout) return bad("layout is speaker, grid or screen");
  if (layoutText !== "" && job.mode !== "composite") return bad("what has no picture has no layout");
  if (addTarget === "" && removeTarget === "") return layoutText === "" ? bad("nothing is to be changed") : { layout };
  const { stream } = job;
  if (showing.kind !== "stream" || !stream) return bad("a file has no targets");
  let targets = stream.targets;
  if (removeTarget !== "") {
    const rest = targets.filter(({ id }) => id !== removeTarget);
    if (rest.length === targets.length) return { code: "not-found", message: "no such target" };
    if (rest.length === 0 && addTarget === "") {
      return { code: "failed-precondition", message: "a stream has a target; stop it" };
    }
    targets = rest;
  }
  if (addTarget !== "") {
    const url = readStreamUrl(addTarget);
    if (!url.ok) return url.failure;
    if (targets.some((target) => target.url === url.value)) {
      return { code: "failed-precondition", message: "it goes there already" };
    }
    if (targets.length >= wishLimits.targets) {
      return { code: "resource-exhausted", message: `a stream has ${wishLimits.targets} targets at most` };
    }
    // Ids are never used again while the stream lasts.
    const last = Math.max(0, ...stream.targets.map(({ id }) => Number(id)));
    targets = [...targets, { id: String(last + 1), url: url.value }];
  }
  return { layout, stream: { ...stream, targets } };
}

/** A token that names it decides; otherwise moderators may. */
function mayControl({ role, hidden }: Member, kind: OutputKind, { granted, denied }: Request): boolean {
  if (hidden || denied.includes(kind)) return false;
  return role === "moderator" || granted.includes(kind);
}

function bad(message: string): Failure {
  return { code: "invalid-argument", message };
}
