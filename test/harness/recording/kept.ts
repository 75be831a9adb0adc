/** Recordings that were made before: what a recorder finds in its folder when it starts. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ffmpeg } from "./ffmpeg.ts";

export type KeptRecording = {
  readonly recording: string;
  readonly roomName: string;
  readonly startedMs: number;
  readonly owner: { readonly name: string; readonly key: string };
  /** Name of its file: a test picture and a tone of four seconds. */
  readonly film: string;
};

const seconds = 4;
const tones = [
  ...["-f", "lavfi", "-i", `testsrc=size=640x360:rate=25:duration=${seconds}`],
  ...["-f", "lavfi", "-i", `sine=duration=${seconds}`],
];
const codecs = [
  ...["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"],
  ...["-c:a", "aac", "-movflags", "+faststart"],
];

const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");

/** As recorder `r1` leaves it that has finished it: a library that was lost is made again of this. */
export async function keepRecording(folder: string, kept: KeptRecording): Promise<void> {
  const { recording, roomName, startedMs, owner, film } = kept;
  const own = join(folder, recording);
  mkdirSync(own);
  await ffmpeg([...tones, ...codecs, join(own, film)]);
  const content = readFileSync(join(own, film));
  const file = {
    name: film,
    type: "video/mp4",
    sizeBytes: content.length,
    durationSeconds: seconds,
    sha256: sha256(content),
    location: "recorder:r1",
  };
  const entry = {
    recording,
    tenant: "main",
    room: "aaaaaaaaaaaaaaaaaaaa",
    session: "s1",
    roomName,
    mode: "MODE_COMPOSITE",
    status: "available",
    startedMs: String(startedMs),
    endedMs: String(startedMs + seconds * 1000),
    owner: owner.name,
    ownerKeyHash: sha256(owner.key),
    recorder: "r1",
    files: [{ ...file, sizeBytes: String(file.sizeBytes) }],
  };
  const note = { step: "told", recording: entry, attempts: [], files: [file], gaps: [], warnings: [] };
  writeFileSync(join(own, ".finishing.json"), JSON.stringify(note));
}

/** Of a scene whose recorder finds these when it starts. */
export const recorderOf = (folder: string) => ({
  size: { recorders: 1 },
  env: {
    JIBRI_RECORDING_DIR: folder,
    VECHE_RECORDER_ID: "r1",
    VECHE_RECORDER_MIN_DISK: "50",
    VECHE_RECORDER_WARN_DISK: "60",
  },
});
