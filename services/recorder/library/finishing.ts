/**
 * From an ended capture to a recording in the library, step by step. What each step made is noted on disk before the
 * next begins, so that a recorder killed anywhere goes on where it was.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { clone, toJson } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { type Recording, RecordingSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { StoredFile } from "../session/contract.ts";
import { Folder } from "../session/folder.ts";
import type { EndedRecording } from "../session/ports.ts";
import { Amending } from "./amending.ts";
import { Deliveries } from "./deliveries.ts";
import { type Entries, notFound } from "./entries.ts";
import type { RecordingFacts } from "./facts.ts";
import { runScript } from "./finalize-script.ts";
import {
  hasFolder,
  isMissing,
  type Note,
  type NotedFile,
  reached,
  readNote,
  recordingIn,
  recordingsIn,
  removeFolder,
  writeNote,
  writeWhole,
} from "./folder.ts";
import { locationAt, type Standing, setState, standingOf, strike } from "./former.ts";
import { isGoing } from "./going.ts";
import { Lanes } from "./lanes.ts";
import { libraryLimits as limits } from "./limits.ts";
import { freeName, listIn, ownShare, underOwnNames } from "./listing.ts";
import { describe, metadataName, readGiven } from "./metadata.ts";
import type { Neighbours } from "./neighbours.ts";
import { dropFetched, elsewhere, fetchOthers, noteFormer, unfetchedReason } from "./others.ts";
import { participantsOf } from "./participants.ts";
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
  readonly deliveries: Deliveries;
  readonly #given: FinishingOptions;
  readonly #lanes = new Lanes(limits.finishing);
  readonly #underWay = new Map<string, { readonly work: Promise<void>; readonly cut: AbortController }>();
  /** Parts of what another recorder is finishing: it may fetch them still. */
  readonly #waiting = new Map<string, EndedRecording>();
  readonly #amending: Amending;
  readonly #closing = new AbortController();
  #looking: Promise<void> = Promise.resolve();

  constructor(given: FinishingOptions) {
    this.#given = given;
    this.deliveries = new Deliveries(given);
    this.#amending = new Amending({ ...given, deliveries: this.deliveries });
  }

  /**
   * Resolves when it is in the library, or when it is known that there is nothing, or that another recorder is at it:
   * then `lookAgain` goes on. It is uploaded afterwards.
   */
  finish(ended: EndedRecording): Promise<void> {
    const id = ended.recording.recording;
    const already = this.#underWay.get(id);
    if (already) return already.work;
    const cut = new AbortController();
    const signal = AbortSignal.any([ended.signal, cut.signal, this.#closing.signal]);
    const work = this.#lanes.run(() => this.#finish({ ...ended, signal })).finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, { work, cut });
    return work;
  }

  /** What was listed and not yet told, before this process was started; what the library has lost; what waits. */
  async resume(): Promise<void> {
    const { root, recorder, log } = this.#given;
    for (const id of await recordingsIn(root)) {
      try {
        const folder = join(root, id);
        const note = await readNote(folder);
        if (note && reached(note, "listed")) await this.#resumeListed(folder, note);
        else {
          const left = await Folder.read(root, id);
          if (left?.stage !== "finished" || left.recording.recorder !== recorder) continue;
          this.#waiting.set(id, left.ended(this.#closing.signal));
        }
      } catch (error) {
        log.error({ recording: id, err: error }, "a recording could not be gone on with");
      }
    }
  }

  /** What waits for another recorder: that may be done by now, with what is here or without. */
  lookAgain(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#lookAgain());
    return this.#looking;
  }

  async #lookAgain(): Promise<void> {
    await this.#amending.lookAgain(this.#closing.signal);
    for (const [id, ended] of [...this.#waiting]) {
      if (this.#closing.signal.aborted) return;
      await this.finish(ended).catch((error: unknown) => {
        if (this.#closing.signal.aborted) return;
        this.#waiting.set(id, ended);
        this.#given.log.warn({ recording: id, err: error }, "parts could not be finished yet");
      });
    }
  }

  /** Ends what is under way of it, before the recording is deleted. */
  async stop(recording: string): Promise<void> {
    const { work, cut } = this.#underWay.get(recording) ?? {};
    cut?.abort(new Error("the recording is deleted"));
    await work?.catch(() => {});
    await this.deliveries.stop(recording);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error("the recorder is stopping"));
    await Promise.allSettled([...this.#underWay.values()].map(({ work }) => work));
    await this.#looking;
    await this.deliveries[Symbol.asyncDispose]();
  }

  async #resumeListed(folder: string, note: Note): Promise<void> {
    const { entries, recorder, keepMs } = this.#given;
    const own = recordingIn(note);
    const entry = await entries.find(own.recording);
    // The folder is the recording: a library that was lost is made again of what is here, and of what others have.
    if (entry === undefined) await entries.put(own);
    else if (isGoing(entry) || own.recorder !== recorder) return;
    else if (note.files.some(({ name }) => !entry.files.some((file) => file.name === name))) {
      await entries.change(own.recording, (found) => listIn(found, note, { recorder, keepMs }));
    }
    this.#amending.watch(own.recording, note);
    if (!reached(note, "told")) this.deliveries.start(folder, note);
  }

  async #finish(ended: EndedRecording): Promise<void> {
    const { log, recorder, neighbours, entries } = this.#given;
    const id = ended.recording.recording;
    const { directory: folder, signal } = ended;
    this.#waiting.delete(id);
    const begun = await readNote(folder);
    if (begun && reached(begun, "listed")) return;
    const standing = await this.#standing(ended);
    if (standing !== "own") {
      // On a storage that they share, who has it now goes on in this very folder.
      const isShared = begun !== undefined && recordingIn(begun).recorder !== recorder;
      if (isShared || !(await hasFolder(folder))) return;
      if (standing === "not-yet") return void this.#waiting.set(id, ended);
      if (standing !== "further") return this.#dropParts(id, folder, standing);
    }
    let note = standing === "further" ? await this.#beginFurther(ended, begun) : (begun ?? (await this.#begin(ended)));
    const go = async (next: Note) => {
      note = next;
      await writeNote(folder, note);
      signal.throwIfAborted();
    };
    if (!reached(note, "assembled")) {
      const made = await this.#assemble({ ...ended, fileName: note.further?.name ?? ended.fileName }, note);
      if (made.files.length === 0) return this.#giveUp(ended, made);
      await go({ ...made, step: "assembled" });
    }
    if (!reached(note, "described")) await go(await this.#describe(ended, folder, note));
    if (!reached(note, "scripted")) await go(await this.#runScript(id, folder, note, signal));
    await go(await this.#list(ended, note));
    log.info({ recording: id, files: note.files.length, gaps: note.gaps.length }, "recording is in the library");
    this.#amending.watch(id, note);
    if (note.further === undefined) await dropFetched(ended, note, { neighbours, entries, log });
    this.deliveries.start(folder, note);
  }

  async #standing({ recording }: EndedRecording): Promise<Standing> {
    const { entries, facts, recorder } = this.#given;
    const entry = await entries.find(recording.recording);
    const wasDeleted = entry === undefined && (await facts.wasSaid("recordingDeleted", recording));
    return standingOf(entry, recorder, wasDeleted);
  }

  async #dropParts(recording: string, folder: string, standing: "joined" | "deleted"): Promise<void> {
    const { entries, recorder, log } = this.#given;
    await removeFolder(folder);
    // Of one that is deleted the removal says so.
    if (standing === "joined") await entries.change(recording, (entry) => strike(entry, recorder));
    log.info({ recording, standing }, "parts are of no more use here");
  }

  async #begin(ended: EndedRecording): Promise<Note> {
    const { entries, recorder } = this.#given;
    const found = await entries.find(ended.recording.recording);
    const recording = begunBy(recorder, ended);
    if (found) {
      keepWhatPeopleDid(recording, found);
      recording.former = found.former;
    }
    await entries.put(recording);
    const note = newNote(recording, ended);
    await writeNote(ended.directory, note);
    return note;
  }

  /** From here on the recording is not gone before this recorder has removed what it has. */
  async #beginFurther(ended: EndedRecording, begun: Note | undefined): Promise<Note> {
    const { entries, recorder, log } = this.#given;
    if (begun?.further) return begun;
    const { recording } = ended.recording;
    const entry = await entries.change(recording, (found) => {
      if (isGoing(found)) throw notFound();
      setState(found, recorder, "waiting");
    });
    log.info({ recording, other: entry.recorder }, "it was finished without what is here, which becomes further files");
    const further = { name: freeName(ended.fileName, entry), to: entry.recorder };
    const note = { ...(begun ?? newNote(begunBy(recorder, ended), ended)), further };
    await writeNote(ended.directory, note);
    return note;
  }

  async #assemble(ended: EndedRecording, note: Note): Promise<Note> {
    // For further files others were asked already, by who finished the recording.
    const { gaps, unfetched } = note.further
      ? { gaps: [], unfetched: [] }
      : await fetchOthers(ended, note, this.#given);
    const made = await this.#given.assemble(ended);
    const cut = made.gaps.map((gap) => ({ ...gap, reason: "capture was interrupted" }));
    const files = made.files.map((file) => this.#located(file));
    const warnings = [...note.warnings, ...unfetched.map(unfetchedReason)];
    return { ...note, files, gaps: [...note.gaps, ...gaps, ...cut], warnings, unfetched };
  }

  #located({ name, type, sizeBytes, durationSeconds, sha256 }: StoredFile): NotedFile {
    return { name, type, sizeBytes, durationSeconds, sha256, location: locationAt(this.#given.recorder) };
  }

  /** Nothing was recorded: no script runs, and no folder stays. */
  async #giveUp(ended: EndedRecording, note: Note): Promise<void> {
    const { entries, recorder, log } = this.#given;
    const { recording, failure } = ended.recording;
    const others = await elsewhere(ended);
    await entries.change(recording, (entry) => {
      if (note.further) return strike(entry, recorder);
      noteFormer(entry, others, note);
      entry.status = "failed";
      entry.failure = failure ?? {
        $typeName: "veche.recorder.v1.Failure",
        reason: "error",
        code: "no-media",
        text: "nothing was recorded",
      };
    });
    await removeFolder(ended.directory);
    log.warn({ recording }, "nothing was recorded");
  }

  async #describe(ended: EndedRecording, folder: string, note: Note): Promise<Note> {
    const { bus, publicOrigin, log } = this.#given;
    const recording = recordingIn(note);
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

  async #list(ended: EndedRecording, made: Note): Promise<Note> {
    const { entries, keepMs, recorder } = this.#given;
    const { recording } = ended.recording;
    const { further } = made;
    const files = further ? await underOwnNames(ended.directory, further.name, made.files) : made.files;
    const note = { ...made, files };
    const others = await elsewhere(ended);
    if ((await entries.find(recording)) === undefined) await entries.put(begunBy(recorder, ended));
    const listed = await entries.change(recording, (entry) => {
      if (isGoing(entry)) throw notFound();
      if (!further) noteFormer(entry, others, note);
      listIn(entry, note, { recorder, keepMs });
    });
    return { ...note, step: "listed", recording: toJson(RecordingSchema, ownShare(listed, note, recorder)) };
  }
}

function begunBy(recorder: string, { recording }: EndedRecording): Recording {
  return clone(RecordingSchema, { ...recording, recorder, status: "processing" });
}

function newNote(recording: Recording, { attempts }: EndedRecording): Note {
  const json = toJson(RecordingSchema, recording);
  return { step: "begun", recording: json, attempts, files: [], gaps: [], warnings: [] };
}

/** Names, links and keys are the library's; what is recorded is the recorder's. */
export function keepWhatPeopleDid(recording: Recording, found: Recording): void {
  recording.title = found.title;
  recording.links = found.links;
  if (found.startedMs > 0n && found.startedMs < recording.startedMs) recording.startedMs = found.startedMs;
  if (recording.ownerKeyHash === "") recording.ownerKeyHash = found.ownerKeyHash;
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
