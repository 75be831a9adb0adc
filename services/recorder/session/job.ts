/** A job as the parts of a session read it, and what of it is kept beside the files: nothing that is a key. */
import { createHash } from "node:crypto";
import { clone, create } from "@bufbuild/protobuf";
import {
  type FileOutput,
  type Job,
  Layout as JobLayout,
  JobSchema,
  Mode,
  type Recording,
  RecordingSchema,
} from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { Kind } from "../domain/admission.ts";
import type { Wanted } from "../domain/changes.ts";
import type { SeenJob } from "../domain/claims.ts";
import type { Layout, Meeting } from "./contract.ts";

export function kindOf({ mode }: Job): Kind {
  return mode === Mode.TRACKS || mode === Mode.AUDIO ? "tracks" : "composite";
}

export function layoutOf({ layout }: Job): Layout {
  if (layout === JobLayout.GRID) return "grid";
  return layout === JobLayout.SCREEN ? "screen" : "speaker";
}

export function wantedOf(job: Job): Wanted {
  const { file, stream } = job;
  return {
    layout: layoutOf(job),
    file: file?.recording,
    stream: stream && { id: stream.stream, targets: stream.targets.map(({ id, url }) => ({ id, url })) },
  };
}

/** What taking it is decided by. `heardMs`: when it was first heard of here. */
export function seenJob(job: Job, heardMs: number): SeenJob {
  const isWanted = job.file !== undefined || job.stream !== undefined;
  const needsDisk = job.file !== undefined;
  return { job: job.job, kind: kindOf(job), createdMs: Number(job.createdMs), heardMs, isWanted, needsDisk };
}

export function meetingOf({ job, tenant, room, session, roomName, roomJid }: Job): Meeting {
  return { job, tenant, room, session, roomName, roomJid };
}

/** What stands in the library while it is recorded. */
export function recordingOf(job: Job, file: FileOutput, recorder: string, startedMs: number): Recording {
  return create(RecordingSchema, {
    recording: file.recording,
    tenant: job.tenant,
    room: job.room,
    session: job.session,
    roomName: readableRoom(job.roomName),
    mode: job.mode === Mode.UNSPECIFIED ? Mode.COMPOSITE : job.mode,
    status: "recording",
    startedMs: BigInt(startedMs),
    owner: file.byUser,
    ownerPerson: file.byPerson,
    ownerKeyHash: file.ownerKey === "" ? "" : createHash("sha256").update(file.ownerKey).digest("hex"),
    recorder,
  });
}

/** The job as it is kept beside the files. */
export function keylessJob(job: Job, file: FileOutput): Job {
  const kept = clone(JobSchema, { ...job, file, stream: undefined });
  if (kept.file) kept.file.ownerKey = "";
  return kept;
}

function readableRoom(roomName: string): string {
  try {
    return decodeURIComponent(roomName);
  } catch {
    return roomName;
  }
}
