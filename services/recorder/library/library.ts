/** Recordings once they are made: kept, uploaded, shown, passed on and deleted. */
import { clone } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import { type Recording, RecordingSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import type { EndedRecording } from "../session/ports.ts";
import { pause } from "./delivery.ts";
import { Entries } from "./entries.ts";
import { RecordingFacts } from "./facts.ts";
import { type Assembled, Finishing, keepWhatPeopleDid } from "./finishing.ts";
import { folderOf, noteOther, reached, readNote } from "./folder.ts";
import { formerOfNext } from "./former.ts";
import { Neighbours } from "./neighbours.ts";
import { Removal } from "./removal.ts";
import { Sessions } from "./sessions.ts";
import type { Storage } from "./upload/storage.ts";

/** How often it is looked at what waits for another recorder. */
const lookMs = 60_000;

export type LibraryOptions = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  /** Id of this recorder, and "/recorder/<instance>". */
  readonly recorder: string;
  readonly source: string;
  /** Folder of all recordings. */
  readonly root: string;
  /** Where people open meetings: "https://meet.example". */
  readonly publicOrigin: string;
  /** Makes the files of a recording's parts; none: nothing was captured. */
  readonly assemble: (ended: EndedRecording) => Promise<Assembled>;
  /** Empty: none. */
  readonly scriptPath: string;
  readonly scriptLimitMs?: number;
  /** 0: for ever. */
  readonly keepMs: number;
  /** Undefined: other recorders are asked by plain HTTP alone. */
  readonly tls?: PrivateTls | undefined;
  readonly storage: Storage | undefined;
  readonly keepsLocal: boolean;
};

export class Library implements AsyncDisposable {
  readonly entries: Entries;
  readonly sessions: Sessions;
  readonly neighbours: Neighbours;
  readonly finishing: Finishing;
  readonly removal: Removal;
  readonly options: LibraryOptions;
  readonly #beginning = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  #timer: Timer | undefined;

  /** Goes on with what an earlier process was cut off in. */
  static async open(options: LibraryOptions): Promise<Library> {
    const { bus, clock } = options;
    const [entries, sessions, neighbours] = await Promise.all([
      Entries.open(bus),
      Sessions.open(bus, clock),
      Neighbours.open(bus, options.tls),
    ]);
    const library = new Library(options, entries, sessions, neighbours);
    await library.finishing.resume();
    library.removal.start();
    void library.removal.sweep();
    library.#timer = clock.every(lookMs, () => void library.finishing.lookAgain());
    void library.finishing.lookAgain();
    return library;
  }

  private constructor(options: LibraryOptions, entries: Entries, sessions: Sessions, neighbours: Neighbours) {
    this.options = options;
    this.entries = entries;
    this.sessions = sessions;
    this.neighbours = neighbours;
    const facts = new RecordingFacts(options.bus, options.source);
    const parts = { ...options, entries, facts, neighbours };
    this.finishing = new Finishing(parts);
    this.removal = new Removal({ ...parts, finishing: this.finishing });
  }

  /**
   * A capture has begun: its folder is there. Said again, or by the recorder that takes it over, it goes on as it was.
   * Tried until the bus takes it: who finished an entry that is another recorder's would take it for theirs.
   */
  begin(recording: Recording): Promise<void> {
    const id = recording.recording;
    const work = this.#beginUntilDone(recording).finally(() => this.#beginning.delete(id));
    this.#beginning.set(id, work);
    return work;
  }

  /** Safe to be done again after it was cut off anywhere. Rejects where the disk or the bus does not take it. */
  async finish(ended: EndedRecording): Promise<void> {
    await this.#beginning.get(ended.recording.recording);
    return this.finishing.finish(ended);
  }

  async #beginUntilDone(recording: Recording): Promise<void> {
    const { clock, log } = this.options;
    for (let waitMs = 500; ; waitMs = Math.min(10_000, waitMs * 2)) {
      try {
        return await this.#begin(recording);
      } catch (error) {
        log.warn({ recording: recording.recording, err: error }, "the library could not be told of a recording yet");
        await pause(clock, waitMs, this.#closing.signal);
      }
    }
  }

  async #begin(recording: Recording): Promise<void> {
    const { recorder, root } = this.options;
    const id = recording.recording;
    const found = await this.entries.find(id);
    const folder = folderOf(root, id);
    const note = folder && (await readNote(folder));
    // It is finished: what was cut off is whoever began it.
    if (note && reached(note, "listed")) return;
    const former = found ? formerOfNext(found, recorder) : [];
    if (folder) for (const other of former) await noteOther(folder, other.recorder);
    const entry = clone(RecordingSchema, { ...recording, recorder, status: "recording", former });
    if (found) keepWhatPeopleDid(entry, found);
    await this.entries.put(entry);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.cancel();
    this.#closing.abort(new Error("the recorder is stopping"));
    await Promise.allSettled([...this.#beginning.values()]);
    this.removal[Symbol.dispose]();
    await this.finishing[Symbol.asyncDispose]();
    this.neighbours[Symbol.dispose]();
    this.entries[Symbol.dispose]();
  }
}
