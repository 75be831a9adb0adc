/** A library in a folder of its own, on a bus in memory unless said otherwise. */

import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import { type Clock, systemClock } from "@veche/kit/clock.ts";
import { createHttpServer, type FastifyInstance } from "@veche/kit/http.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { JobSchema, Mode, type Recording, RecordingSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { mountLibrary } from "../library/http/mount.ts";
import { Library, type LibraryOptions } from "../library/library.ts";
import { hashOf } from "../library/secrets.ts";
import type { EndedRecording } from "../session/ports.ts";

export type LibraryUnderTest = AsyncDisposable & {
  readonly bus: Bus;
  readonly library: Library;
  readonly app: FastifyInstance;
  readonly root: string;
};

export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "veche-library-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export function libraryOptions(bus: Bus, root: string, given: Partial<LibraryOptions> = {}): LibraryOptions {
  return {
    bus,
    clock: systemClock,
    log: silentLog,
    recorder: "r1",
    source: "/recorder/test",
    root,
    publicOrigin: "https://meet.example",
    assemble: assembleOf("film"),
    scriptPath: "",
    keepMs: 0,
    storage: undefined,
    keepsLocal: true,
    ...given,
  };
}

/** Writes the one file of a recording, as joining does. */
export function assembleOf(content: string | Buffer): LibraryOptions["assemble"] {
  return async ({ directory, fileName }) => ({
    files: [await putFile(directory, `${fileName}.mp4`, content, "video/mp4")],
    gaps: [],
  });
}

export async function putFile(folder: string, name: string, content: string | Buffer, type: string) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), content);
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { name, type, sizeBytes: Buffer.byteLength(content), durationSeconds: 60, sha256 };
}

export async function openLibrary(
  given: Partial<LibraryOptions> & { readonly network?: MemoryNetwork; readonly root?: string } = {},
): Promise<LibraryUnderTest> {
  await using stack = new AsyncDisposableStack();
  const root = given.root ?? stack.use(await temporaryFolder()).path;
  const clock: Clock = given.clock ?? systemClock;
  const bus = given.bus ?? stack.use(new MemoryBus(given.network ?? new MemoryNetwork(), { role: "recorder", clock }));
  const library = stack.use(await Library.open(libraryOptions(bus, root, given)));
  const app = createHttpServer({ log: silentLog });
  stack.defer(() => app.close());
  mountLibrary(app, { library, bus, unit: "main" });
  await app.ready();
  const running = stack.move();
  return { bus, library, app, root, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

export const ownerKey = "the-key-of-the-owner";

export function recordingFor(given: MessageInitShape<typeof RecordingSchema> = {}): Recording {
  return create(RecordingSchema, {
    recording: "rec1",
    tenant: "main",
    room: "room1",
    session: "s1",
    roomName: "5А класс",
    mode: Mode.COMPOSITE,
    status: "recording",
    startedMs: 1_700_000_000_000n,
    ownerKeyHash: hashOf(ownerKey),
    recorder: "r1",
    ...given,
  });
}

export async function endedIn(
  root: string,
  recording: Recording = recordingFor(),
  metadata = "",
): Promise<EndedRecording> {
  const directory = join(root, recording.recording);
  await mkdir(directory, { recursive: true });
  const startedMs = Number(recording.startedMs);
  const endedMs = startedMs + 60_000;
  const ended = create(RecordingSchema, { ...recording, status: "processing", endedMs: BigInt(endedMs) });
  const job = create(JobSchema, {
    job: "j1",
    tenant: recording.tenant,
    room: recording.room,
    session: recording.session,
    roomName: encodeURIComponent(recording.roomName),
    mode: recording.mode,
    file: { recording: recording.recording, metadata },
  });
  const attempts = [{ attempt: 1, recorder: "r1", startedMs, endedMs, layout: "speaker" as const }];
  const signal = new AbortController().signal;
  return { recording: ended, job, directory, fileName: "5A_2023-11-14", attempts, signal };
}

/** Recorded, finished and listed. */
export async function record(
  { library, root }: Pick<LibraryUnderTest, "library" | "root">,
  given: MessageInitShape<typeof RecordingSchema> = {},
): Promise<Recording> {
  const recording = recordingFor(given);
  const ended = await endedIn(root, recording);
  await library.begin(recording);
  await library.finish(ended);
  await library.finishing.deliveries.settled();
  const listed = await library.entries.find(recording.recording);
  if (!listed) throw new Error("expected an entry");
  return listed;
}
