/** `metadata.json` beside the files: Jibri's keys, and what else there is to say of a recording. */
import type { Job, Recording } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { Layout, Mode } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { Attempt } from "../session/ports.ts";
import type { Gap, NotedFile } from "./folder.ts";
import { libraryLimits } from "./limits.ts";
import type { Present } from "./participants.ts";

export const metadataName = "metadata.json";

export type Described = {
  readonly recording: Recording;
  readonly job: Job;
  readonly origin: string;
  readonly participants: readonly Present[];
  readonly attempts: readonly Attempt[];
  readonly files: readonly NotedFile[];
  readonly gaps: readonly Gap[];
  readonly warnings: readonly string[];
  /** Set for further files: by whom the recording was finished without them. */
  readonly further?: { readonly to: string };
};

const modes: Readonly<Record<Mode, string>> = {
  [Mode.UNSPECIFIED]: "composite",
  [Mode.COMPOSITE]: "composite",
  [Mode.TRACKS]: "tracks",
  [Mode.AUDIO]: "audio",
};

const layouts: Readonly<Record<Layout, string>> = {
  [Layout.UNSPECIFIED]: "speaker",
  [Layout.SPEAKER]: "speaker",
  [Layout.GRID]: "grid",
  [Layout.SCREEN]: "screen",
};

/** As facts and the library name it. */
export function modeName(mode: Mode): string {
  return modes[mode] ?? "composite";
}

/** `given` is what the client gave with the start (file_recording_metadata): its keys stand beside ours, ours win. */
export function describe(described: Described, given: Readonly<Record<string, unknown>>): string {
  const { recording, job, origin, participants, attempts, files, gaps, warnings, further } = described;
  const startedMs = Number(recording.startedMs);
  const endedMs = Number(recording.endedMs);
  const document = {
    ...given,
    meeting_url: meetingUrl(origin, job),
    participants,
    recording: recording.recording,
    tenant: recording.tenant,
    room: recording.room,
    session: recording.session,
    room_name: recording.roomName,
    mode: modeName(recording.mode),
    ...(job.mode === Mode.TRACKS || job.mode === Mode.AUDIO ? {} : { layout: layouts[job.layout] ?? "speaker" }),
    started: timeText(startedMs),
    ended: timeText(endedMs),
    duration_seconds: Math.max(0, ...files.map(({ durationSeconds }) => durationSeconds)),
    recorder: recording.recorder,
    ...(further ? { further_to: further.to } : {}),
    files: files.map(({ name, type, sizeBytes, durationSeconds, sha256 }) => ({
      name,
      type,
      size_bytes: sizeBytes,
      duration_seconds: durationSeconds,
      sha256,
    })),
    parts: attempts.map(({ attempt, recorder, startedMs: from, endedMs: to, layout }) => ({
      part: attempt,
      recorder,
      started: timeText(from),
      ended: to === undefined ? null : timeText(to),
      layout,
    })),
    gaps: gaps.map(({ atSeconds, missingSeconds, reason }) => ({
      at_seconds: atSeconds ?? null,
      missing_seconds: missingSeconds,
      reason,
    })),
    warnings,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** A JSON object, or undefined: too long, no JSON, or something else than an object. */
export function readGiven(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text === "") return {};
  if (Buffer.byteLength(text) > libraryLimits.metadataBytes) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Where the meeting was: rooms of other tenants than "main" have the tenant before them. */
function meetingUrl(origin: string, { tenant, roomName }: Job): string {
  const path = tenant === "" || tenant === "main" ? roomName : `${encodeURIComponent(tenant)}/${roomName}`;
  return `${origin.replace(/\/+$/, "")}/${path}`;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
