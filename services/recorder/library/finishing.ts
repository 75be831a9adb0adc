/**
 * From an ended capture to a recording in the library, step by step. What each step made is noted on disk before the
 * next begins, so that a recorder killed anywhere goes on where it was.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { clone, create, fromJson, toJson } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import {
  type Recording,
  RecordingFileSchema,
  RecordingSchema,
} from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { StoredFile } from "../session/contract.ts";
import type { EndedRecording } from "../session/ports.ts";
import { deliver, pause, removeLocal } from "./delivery.ts";
import type { Entries } from "./entries.ts";
import type { RecordingFacts } from "./facts.ts";
import { runScript } from "./finalize-script.ts";
import {
  type Gap,
  isMissing,
  type Note,
  type NotedFile,
  reached,
  readNote,
  readOthers,
  recordingsIn,
  removeFolder,
  writeNote,
  writeWhole,
} from "./folder.ts";
import { isGoing } from "./going.ts";
import { Lanes } from "./lanes.ts";
import { libraryLimits as limits } from "./limits.ts";
import { describe, metadataName, modeName, readGiven } from "./metadata.ts";
import type { Neighbours } from "./neighbours.ts";
import { participantsOf } from "./participants.ts";
import { proofFor } from "./secrets.ts";
import type { Storage } from "./upload/storage.ts";

export type Assembled = {
  readonly files: readonly StoredFile[];
  readonly gaps: readonly { readonly atSeconds: number; readonly missingSeconds: number }[];
};

export type FinishingOptions = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly recorder: string;
  /** Folder of all recordings. */
  readonly root: string;
  /** Where people open meetings: "https://meet.example". */
  readonly publicOrigin: string;
  /** Makes the files of a recording's parts: outputs/join.ts, tracks/. No files: nothing was captured. */
  readonly assemble: (ended: EndedRecording) => Promise<Assembled>;
  /** Empty: none. */
  readonly scriptPath: string;
  readonly scriptLimitMs?: number;
  /** 0: for ever. */
  readonly keepMs: number;
  readonly storage: Storage | undefined;
  readonly keepsLocal: boolean;
  readonly entries: Entries;
  readonly facts: RecordingFacts;
  readonly neighbours: Neighbours;
};

export class Finishing implements AsyncDisposable {
  readonly #given: FinishingOptions;
  readonly #lanes = new Lanes(limits.finishing);
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #deliveries = new Map<string, { readonly work: Promise<void>; readonly cut: AbortController }>();
  readonly #closing = new AbortController();

  constructor(given: FinishingOptions) {
    this.#given = given;
  }

  /** Resolves when it is in the library, or when it is known that there is nothing; it is uploaded afterwards. */
  finish(ended: EndedRecording): Promise<void> {
    const id = ended.recording.recording;
    const already = this.#underWay.get(id);
    if (already) return already;
    const work = this.#lanes.run(() => this.#finish(ended)).finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, work);
    return work;
  }

  /** What was listed and not yet told, before this process was started; and what the library has lost. */
  async resume(): Promise<void> {
    const { root, entries, log } = this.#given;
    for (const id of await recordingsIn(root)) {
      try {
        const folder = join(root, id);
        const note = await readNote(folder);
        if (!note || !reached(note, "listed")) continue;
        const entry = await entries.find(id);
        // The folder is the recording: a library that was lost is made again of what is here.
        if (entry === undefined) await entries.put(readRecording(note));
        else if (entry.recorder !== this.#given.recorder || isGoing(entry)) continue;
        if (!reached(note, "told")) this.#deliverLater(folder, note);
      } catch (error) {
        log.error({ recording: id, err: error }, "a recording could not be gone on with");
      }
    }
  }

  /** Ends an upload that is under way, before the recording is deleted. */
  async stopDelivery(recording: string): Promise<void> {
    const delivery = this.#deliveries.get(recording);
    delivery?.cut.abort(new Error("the recording is deleted"));
    await delivery?.work;
  }

  /** Resolves once nothing is being uploaded. */
  async settled(): Promise<void> {
    await Promise.all([...this.#deliveries.values()].map(({ work }) => work));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error("the recorder is stopping"));
    await Promise.allSettled([...this.#underWay.values()]);
    await this.settled();
  }

  async #finish(ended: EndedRecording): Promise<void> {
    const { log } = this.#given;
    const id = ended.recording.recording;
    const signal = AbortSignal.any([ended.signal, this.#closing.signal]);
    const folder = ended.directory;
    const begun = await readNote(folder);
    if (begun && reached(begun, "listed")) return;
    if (!(await this.#isOurs(ended))) return;
    let note: Note = begun ?? (await this.#begin(ended));
    const go = async (next: Note) => {
      note = next;
      await writeNote(folder, note);
      signal.throwIfAborted();
    };
    if (!reached(note, "assembled")) {
      const made = await this.#assemble({ ...ended, signal }, note);
      if (made.files.length === 0) return this.#giveUp(ended, folder);
      await go({ ...made, step: "assembled" });
    }
    if (!reached(note, "described")) await go(await this.#describe(ended, folder, note));
    if (!reached(note, "scripted")) await go(await this.#runScript(id, folder, note, signal));
    await this.#list(note, folder, go);
    log.info({ recording: id, files: note.files.length, gaps: note.gaps.length }, "recording is in the library");
    await this.#dropFetched(ended, folder, signal);
    this.#deliverLater(folder, note);
  }

  /** Another recorder may have taken it over while this one was away: its entry is not to be written over. */
  async #isOurs(ended: EndedRecording): Promise<boolean> {
    const { entries, recorder, log } = this.#given;
    const { recording } = ended.recording;
    const entry = await entries.find(recording);
    if (entry === undefined || entry.recorder === recorder || entry.recorder === "") return true;
    log.warn(
      { recording, other: entry.recorder, folder: ended.directory },
      "another recorder went on with it; parts stay",
    );
    return false;
  }

  async #begin(ended: EndedRecording): Promise<Note> {
    const { entries, recorder } = this.#given;
    const found = await entries.find(ended.recording.recording);
    const recording = clone(RecordingSchema, { ...ended.recording, recorder, status: "processing" });
    if (found) keepWhatPeopleDid(recording, found);
    await entries.put(recording);
    const note: Note = {
      step: "begun",
      recording: toJson(RecordingSchema, recording),
      attempts: ended.attempts,
      files: [],
      gaps: [],
      warnings: [],
    };
    await writeNote(ended.directory, note);
    return note;
  }

  async #assemble(ended: EndedRecording, note: Note): Promise<Note> {
    const { neighbours, assemble, log } = this.#given;
    const { recording, ownerKeyHash } = ended.recording;
    const gaps: Gap[] = [];
    const warnings: string[] = [];
    for (const other of elsewhere(await readOthers(ended.directory), ended)) {
      try {
        const proof = proofFor(recording, ownerKeyHash);
        await neighbours.fetchParts(other, recording, ended.directory, proof, ended.signal);
      } catch (error) {
        ended.signal.throwIfAborted();
        log.warn({ recording, other, err: error }, "parts of a recording could not be fetched");
        const firstMs = Math.min(Number(ended.recording.endedMs), ...ended.attempts.map(({ startedMs }) => startedMs));
        const missingMs = Math.max(0, firstMs - Number(readRecording(note).startedMs));
        const reason = `what recorder ${other} has could not be fetched`;
        gaps.push({ atSeconds: 0, missingSeconds: missingMs / 1000, reason });
        warnings.push(reason);
      }
    }
    const made = await assemble(ended);
    const cut = made.gaps.map((gap) => ({ ...gap, reason: "capture was interrupted" }));
    const files = made.files.map((file) => this.#located(file));
    return { ...note, files, gaps: [...note.gaps, ...gaps, ...cut], warnings: [...note.warnings, ...warnings] };
  }

  #located({ name, type, sizeBytes, durationSeconds, sha256 }: StoredFile): NotedFile {
    return { name, type, sizeBytes, durationSeconds, sha256, location: `recorder:${this.#given.recorder}` };
  }

  /** Nothing was recorded: no script runs, and no folder stays. */
  async #giveUp({ recording: { recording, failure } }: EndedRecording, folder: string): Promise<void> {
    await this.#given.entries.change(recording, (entry) => {
      entry.status = "failed";
      entry.failure = failure ?? {
        $typeName: "veche.recorder.v1.Failure",
        reason: "error",
        code: "no-media",
        text: "nothing was recorded",
      };
    });
    await removeFolder(folder);
    this.#given.log.warn({ recording }, "nothing was recorded");
  }

  async #describe(ended: EndedRecording, folder: string, note: Note): Promise<Note> {
    const { bus, publicOrigin, log } = this.#given;
    const recording = readRecording(note);
    const warnings = [...note.warnings];
    const given = readGiven(ended.job.file?.metadata ?? "");
    if (given === undefined)
      warnings.push("file_recording_metadata: expected a JSON object of at most 64 KiB; left out");
    const participants = await participantsOf(
      bus,
      recording,
      Number(recording.startedMs),
      Number(recording.endedMs),
    ).catch((error: unknown) => {
      log.warn({ recording: recording.recording, err: error }, "who was there could not be read");
      warnings.push("who was there could not be read");
      return [];
    });
    const text = describe(
      { ...note, recording, job: ended.job, origin: publicOrigin, participants, warnings },
      given ?? {},
    );
    await writeWhole(join(folder, metadataName), text);
    const file = this.#located({
      name: metadataName,
      type: "application/json",
      sizeBytes: Buffer.byteLength(text),
      durationSeconds: 0,
      sha256: createHash("sha256").update(text).digest("hex"),
    });
    const files = [...note.files.filter(({ name }) => name !== metadataName), file];
    return { ...note, step: "described", files, warnings };
  }

  /** A script that was cut off is run again: it is run at least once, and mostly once. */
  async #runScript(recording: string, folder: string, note: Note, signal: AbortSignal): Promise<Note> {
    const { scriptPath, scriptLimitMs, log } = this.#given;
    const after: Note = { ...note, step: "scripted" };
    if (scriptPath === "") return after;
    const { isGood, problem, output } = await runScript(scriptPath, folder, signal, scriptLimitMs);
    signal.throwIfAborted();
    if (isGood) log.info({ recording, output }, "finalize script is done");
    else log.error({ recording, problem, output }, "finalize script failed; the files are kept");
    const warnings = isGood ? note.warnings : [...note.warnings, `finalize script: ${problem}`];
    return { ...after, warnings, files: await asLeft(folder, note.files) };
  }

  async #list(note: Note, folder: string, go: (note: Note) => Promise<void>): Promise<void> {
    const { entries, keepMs } = this.#given;
    const listed = await entries.change(readRecording(note).recording, (entry) => {
      entry.status = "available";
      entry.files = note.files.map((file) => toEntryFile(file));
      entry.expiresMs = keepMs === 0 ? 0n : entry.endedMs + BigInt(keepMs);
    });
    await go({ ...(await readNote(folder)), ...note, step: "listed", recording: toJson(RecordingSchema, listed) });
  }

  async #dropFetched(ended: EndedRecording, folder: string, signal: AbortSignal): Promise<void> {
    const { recording, ownerKeyHash } = ended.recording;
    for (const other of elsewhere(await readOthers(folder), ended)) {
      await this.#given.neighbours
        .dropParts(other, recording, proofFor(recording, ownerKeyHash), signal)
        .catch((error: unknown) =>
          this.#given.log.warn({ recording, other, err: error }, "parts stay where they were"),
        );
    }
  }

  #deliverLater(folder: string, note: Note): void {
    const { recording } = readRecording(note);
    if (this.#deliveries.has(recording)) return;
    const cut = new AbortController();
    const signal = AbortSignal.any([cut.signal, this.#closing.signal]);
    const work = this.#deliver(folder, note, signal)
      .catch((error: unknown) => {
        if (signal.aborted) return;
        this.#given.log.error({ recording, err: error }, "a recording could not be delivered");
      })
      .finally(() => this.#deliveries.delete(recording));
    this.#deliveries.set(recording, { work, cut });
  }

  async #deliver(folder: string, first: Note, signal: AbortSignal): Promise<void> {
    const { storage, clock, log, keepsLocal, entries } = this.#given;
    const { recording } = readRecording(first);
    let note = first;
    const go = async (next: Note) => {
      note = next;
      await writeNote(folder, note);
    };
    let told: Promise<void> | undefined;
    const tell = () => {
      told ??= this.#tell(note, signal);
      return told;
    };
    if (storage) {
      const noted = async (file: NotedFile) => {
        await go({ ...note, files: note.files.map((known) => (known.name === file.name ? file : known)) });
        await entries.change(recording, (entry) => {
          for (const listed of entry.files) if (listed.name === file.name) listed.location = file.location;
        });
      };
      const isSlow = () => void tell().catch((error: unknown) => log.warn({ recording, err: error }, "not told"));
      await deliver(note.files, { recording, folder, storage, clock, log, signal, noted, isSlow });
      if (!keepsLocal) await removeLocal(folder, note.files);
    }
    await go({ ...note, step: "kept" });
    await tell();
    await go({ ...note, step: "told" });
  }

  /** Said until the stream has it. */
  async #tell(note: Note, signal: AbortSignal): Promise<void> {
    const { facts, clock, log, recorder } = this.#given;
    const recording = readRecording(note);
    const files = note.files.map((file) => ({ ...file, sizeBytes: BigInt(file.sizeBytes) }));
    const body = { mode: modeName(recording.mode), recorder, files };
    for (let waitMs = 1_000; ; waitMs = Math.min(60_000, waitMs * 2)) {
      try {
        return await facts.say("recordingAvailable", recording, clock.now(), body);
      } catch (error) {
        signal.throwIfAborted();
        log.warn({ recording: recording.recording, err: error }, "a fact could not be said yet");
        await pause(clock, waitMs, signal);
      }
    }
  }
}

/** Where recorders share their storage, what others captured is in this folder already. */
function elsewhere(others: readonly string[], { attempts }: EndedRecording): readonly string[] {
  return others.filter((other) => !attempts.some(({ recorder }) => recorder === other));
}

/** Names, links and keys are the library's; what is recorded is the recorder's. */
export function keepWhatPeopleDid(recording: Recording, found: Recording): void {
  recording.title = found.title;
  recording.links = found.links;
  if (found.startedMs > 0n && found.startedMs < recording.startedMs) recording.startedMs = found.startedMs;
  if (recording.ownerKeyHash === "") recording.ownerKeyHash = found.ownerKeyHash;
}

function readRecording(note: Note): Recording {
  return fromJson(RecordingSchema, note.recording, { ignoreUnknownFields: true });
}

function toEntryFile(file: NotedFile) {
  return create(RecordingFileSchema, { ...file, sizeBytes: BigInt(file.sizeBytes) });
}

/** A script may have moved files away or changed them. */
async function asLeft(folder: string, files: readonly NotedFile[]): Promise<NotedFile[]> {
  const left: NotedFile[] = [];
  for (const file of files) {
    const path = join(folder, file.name);
    try {
      const { size } = await stat(path);
      left.push(size === file.sizeBytes ? file : { ...file, sizeBytes: size, sha256: await hashOfFile(path) });
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return left;
}

async function hashOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
