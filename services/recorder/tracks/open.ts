import { mkdir } from "node:fs/promises";
import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { type CaptureEnd, SessionError, type TrackCapture } from "../session/contract.ts";
import type { TracksOptions } from "../session/ports.ts";
import { toSessionError } from "./errors.ts";
import { trackLimits } from "./limits.ts";
import { type Manifest, readManifest, writeManifest } from "./manifest.ts";
import { openLink } from "./relay/link.ts";
import type { RelayPlace, Rubbish } from "./relay/relay-end.ts";
import { Tap } from "./relay/tap.ts";
import type { Taps } from "./relay/taps.ts";
import { Timeline } from "./timeline.ts";

/** What is written is safe within this time whatever happens to the machine. */
const syncMs = 2_000;
const manifestMs = 5_000;

export type TracksGiven = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  /** Made once, when the recorder starts. */
  readonly taps: Taps;
  /** This recorder, as it has taken the job. */
  readonly recorder: string;
  readonly instance: string;
  readonly place: RelayPlace;
};

/** What a running capture can tell of itself. */
export type TrackFigures = {
  readonly tracks: number;
  readonly receivedBytes: number;
  readonly rubbish: Rubbish;
};

/**
 * Records every source into a file of its own, for as long as the focus has this recorder fetch them. Resolves when the
 * focus may ask. Rejects with SessionError.
 */
export async function openTracks(
  { meeting, mode, directory, attempt, signal }: TracksOptions,
  given: TracksGiven,
): Promise<TrackCapture & { figures(): TrackFigures }> {
  const { bus, clock, log, taps, recorder, instance, place } = given;
  signal.throwIfAborted();
  if (taps.has(meeting.session)) throw new SessionError("internal", "The tracks of this meeting are recorded already.");
  const zeroNow = performance.now();
  const nowMs = clock.now();
  const manifest = await begin(directory, { meeting, mode, attempt }, nowMs);
  const { promise: ended, resolve: end } = Promise.withResolvers<CaptureEnd>();
  const fail = (error: unknown) => end({ reason: "failed", error: toSessionError(error) });
  const keeper = new ManifestKeeper(directory, manifest, fail);
  let storedBytes = 0;
  let unwrittenBytes = 0;
  let files = 0;
  const tap = new Tap({
    conference: meeting.session,
    link: openLink(bus, recorder, instance),
    place,
    log,
    withVideo: mode === "tracks",
    now: () => performance.now(),
    onExpired: () => end({ reason: "empty" }),
    tracks: {
      directory,
      attempt,
      zero: zeroNow - (nowMs - manifest.startedMs),
      startedMs: manifest.startedMs,
      nextNumber: () => {
        files += 1;
        return files;
      },
      onFile: (entry) => {
        manifest.files.push(entry);
        keeper.write();
      },
      file: {
        onStored: (bytes) => {
          storedBytes += bytes;
        },
        onUnwritten: (bytes) => {
          unwrittenBytes += bytes;
          if (unwrittenBytes > trackLimits.unwrittenBytes)
            fail(new SessionError("no-disk", "The disk does not keep up with what is recorded."));
        },
        onFailure: fail,
      },
    },
  });
  try {
    taps.add(tap);
  } catch (error) {
    await tap.close();
    await keeper.close();
    throw toSessionError(error);
  }
  const timeline = new Timeline(bus, meeting, manifest, () => end({ reason: "empty" }));
  void timeline.recall(bus, meeting, log);
  const syncing = new Syncing(tap, fail);
  let closing: Promise<void> | undefined;
  const close = async () => {
    taps.remove(tap);
    timeline[Symbol.dispose]();
    await syncing.close();
    await tap.close();
    const own = manifest.attempts.find((one) => one.attempt === attempt);
    if (own) own.endMs = Math.round(clock.now() - manifest.startedMs);
    await keeper.close();
  };
  return {
    ended,
    get storedBytes() {
      return storedBytes;
    },
    figures: () => ({ tracks: tap.tracks.length, receivedBytes: tap.receivedBytes, rubbish: tap.rubbish }),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

/** The one that is there goes on: an earlier attempt's files stay in it. */
async function begin(
  directory: string,
  { meeting, mode, attempt }: Pick<TracksOptions, "meeting" | "mode" | "attempt">,
  nowMs: number,
): Promise<Manifest> {
  try {
    await mkdir(directory, { recursive: true });
    const { tenant, room, session } = meeting;
    const fresh = { version: 1, mode, tenant, room, session, startedMs: nowMs, endedMs: 0 } as const;
    const found = await readManifest(directory);
    const manifest: Manifest = found ?? { ...fresh, attempts: [], files: [], participants: [], events: [] };
    manifest.attempts.push({ attempt, startMs: Math.round(nowMs - manifest.startedMs), endMs: null });
    await writeManifest(directory, manifest);
    return manifest;
  } catch (error) {
    throw toSessionError(error);
  }
}

/** Writes the manifest at once when a file begins, and every few seconds. */
class ManifestKeeper {
  readonly #directory: string;
  readonly #manifest: Manifest;
  readonly #fail: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> | undefined;
  #isWanted = false;

  constructor(directory: string, manifest: Manifest, fail: (error: unknown) => void) {
    this.#directory = directory;
    this.#manifest = manifest;
    this.#fail = fail;
    this.#timer = setInterval(() => this.write(), manifestMs);
  }

  write(): void {
    this.#isWanted = true;
    this.#writing ??= this.#run().finally(() => {
      this.#writing = undefined;
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.write();
    await this.#writing;
  }

  async #run(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false;
      await writeManifest(this.#directory, this.#manifest).catch(this.#fail);
    }
  }
}

/** Has everything written be safe, one file after the other, again and again. */
class Syncing {
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;

  constructor(tap: Tap, fail: (error: unknown) => void) {
    this.#timer = setInterval(() => {
      this.#running ??= tap
        .sync()
        .catch(fail)
        .finally(() => {
          this.#running = undefined;
        });
    }, syncMs);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }
}
