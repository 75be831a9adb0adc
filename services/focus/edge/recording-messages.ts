import type { MessageInitShape } from "@bufbuild/protobuf";
import * as R from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { RoomRef } from "../domain/conference.ts";
import type { RecorderView } from "../domain/recorder-pool.ts";
import type {
  CaptureMode,
  EndReason,
  FileOutput,
  Job,
  JobReport,
  Layout,
  OutputReport,
  ReportedFailure,
  ReportedStatus,
  StreamOutput,
} from "../domain/recording-job.ts";

/** Jobs and states of recordings as the messages of proto/veche/recorder, and back. */
const modeNumbers = { composite: R.Mode.COMPOSITE, tracks: R.Mode.TRACKS, audio: R.Mode.AUDIO } as const;
const layoutNumbers = { speaker: R.Layout.SPEAKER, grid: R.Layout.GRID, screen: R.Layout.SCREEN } as const;
const modeNames: Readonly<Record<number, CaptureMode>> = { 1: "composite", 2: "tracks", 3: "audio" };
const layoutNames: Readonly<Record<number, Layout>> = { 1: "speaker", 2: "grid", 3: "screen" };
const statusNames: Readonly<Record<number, ReportedStatus>> = {
  [R.Status.ON]: "on",
  [R.Status.OFF]: "off",
};
const endReasons = new Set<string>(["client", "empty", "ended", "limit", "failed"] satisfies EndReason[]);

export type JobMessage = MessageInitShape<typeof R.JobSchema>;
export type JobPlace = { readonly room: RoomRef; readonly session: string; readonly unit: string };

export function toJobMessage(job: Job, { room, session, unit }: JobPlace): JobMessage {
  const { file, stream } = job;
  return {
    job: job.id,
    tenant: room.tenant,
    room: room.room,
    session,
    unit,
    roomName: room.name,
    roomJid: room.jid,
    mode: modeNumbers[job.mode],
    layout: layoutNumbers[job.layout],
    createdMs: BigInt(job.createdMs),
    endReason: job.endReason,
    ...(file ? { file: toFile(file) } : {}),
    ...(stream ? { stream: toStream(stream) } : {}),
  };
}

function toFile({ session, by, ownerKey, metadata, requestedMs }: FileOutput): JobMessage["file"] {
  const who = { byEndpoint: by.endpoint, byPerson: by.person, byUser: by.user };
  return { recording: session, ...who, ownerKey, metadata, requestedMs: BigInt(requestedMs) };
}

function toStream({ session, by, targets, viewUrl, requestedMs }: StreamOutput): JobMessage["stream"] {
  const who = { byEndpoint: by.endpoint, byPerson: by.person };
  const places = targets.map(({ id, url }) => ({ id, url }));
  return { stream: session, ...who, targets: places, viewUrl, requestedMs: BigInt(requestedMs) };
}

export function fromJobMessage({ job: id, mode, layout, file, stream, createdMs, endReason }: R.Job): Job {
  return {
    id,
    mode: modeNames[mode] ?? "composite",
    layout: layoutNames[layout] ?? "speaker",
    createdMs: Number(createdMs),
    endReason: endReasons.has(endReason) ? (endReason as EndReason) : "",
    ...(file ? { file: fromFile(file) } : {}),
    ...(stream ? { stream: fromStream(stream) } : {}),
  };
}

function fromFile({
  recording,
  byEndpoint,
  byPerson,
  byUser,
  ownerKey,
  metadata,
  requestedMs,
}: R.FileOutput): FileOutput {
  const by = { endpoint: byEndpoint, person: byPerson, user: byUser };
  return { session: recording, by, ownerKey, metadata, requestedMs: Number(requestedMs) };
}

/** Its account is of no use to a stream and is not kept. */
function fromStream({ stream, byEndpoint, byPerson, targets, viewUrl, requestedMs }: R.StreamOutput): StreamOutput {
  const by = { endpoint: byEndpoint, person: byPerson, user: "" };
  const places = targets.map(({ id, url }) => ({ id, url }));
  return { session: stream, by, targets: places, viewUrl, requestedMs: Number(requestedMs) };
}

export function toReport(state: R.JobState, heardMs: number): JobReport {
  const { recorder, instance, file, stream, targets, finished, warnings } = state;
  return {
    recorder,
    instance,
    file: toOutput(file),
    stream: toOutput(stream),
    targets: targets.map(({ id, host, protocol, status, retries, failure }) => {
      return { id, host, protocol, retries, status: toStatus(status), failure: toFailure(failure) };
    }),
    finished,
    warnings,
    heardMs,
  };
}

function toOutput(output: R.OutputState | undefined): OutputReport | undefined {
  if (!output) return undefined;
  return { session: output.id, status: toStatus(output.status), failure: toFailure(output.failure) };
}

function toStatus(status: R.Status): ReportedStatus {
  return statusNames[status] ?? "pending";
}

/** A message that says nothing is no failure. */
function toFailure(failure: R.Failure | undefined): ReportedFailure | undefined {
  if (!failure || (failure.reason === "" && failure.code === "")) return undefined;
  return { reason: failure.reason, code: failure.code, text: failure.text };
}

export function toRecorderView(state: R.RecorderState): RecorderView {
  const { recorder: id, instance, healthy, draining, compositeFull, tracksFull } = state;
  return { id, instance, healthy, draining, compositeFull, tracksFull };
}
