/** The parts of sessions as they are when it counts: browser, bridges, disk, streams and library. */
import type { Bus } from "@veche/kit/bus.ts";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { FastifyInstance } from "@veche/kit/http.ts";
import type { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import type { Context } from "@veche/kit/run.ts";
import { Mode, type Recording } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { openComposite } from "./composite/open.ts";
import { type Config, recorderIdOf } from "./config.ts";
import type { Assembled } from "./library/finishing.ts";
import { mountLibrary } from "./library/http/mount.ts";
import { Library } from "./library/library.ts";
import { openStorage } from "./library/upload/open.ts";
import { joinParts } from "./outputs/join.ts";
import { openPush } from "./outputs/push.ts";
import { openSegments } from "./outputs/segments.ts";
import type { EndedRecording, Ports } from "./session/ports.ts";
import { finishTracks } from "./tracks/finish.ts";
import { openTracks } from "./tracks/open.ts";
import { Taps } from "./tracks/relay/taps.ts";

export interface Parts extends AsyncDisposable {
  readonly ports: Ports;
  /** The library's routes. */
  readonly mount: (app: FastifyInstance) => void;
}

/** How long the library is told again of a recording that began, while it can't be reached. */
const beginTimes = { firstMs: 1_000, lastMs: 30_000 } as const;

export type PartsGiven = {
  readonly bus: Bus;
  readonly clock: Clock;
  /** Undefined: other recorders are asked by plain HTTP alone. */
  readonly tls: PrivateTls | undefined;
  /** Where bridges send tracks to. */
  readonly relayAddress: () => string;
  /** In place of a browser. */
  readonly film: Ports["openComposite"] | undefined;
};

export async function openParts(context: Context<Config>, given: PartsGiven): Promise<Parts> {
  const { bus, clock, tls, relayAddress, film } = given;
  const { config, log, instance } = context;
  const recorder = recorderIdOf(config);
  await using stack = new AsyncDisposableStack();
  const closing = new AbortController();
  const taps = stack.use(new Taps(bus, recorder, clock));
  const library = stack.use(
    await Library.open({
      bus,
      tls,
      clock,
      log,
      recorder,
      source: `/recorder/${instance}`,
      root: config.JIBRI_RECORDING_DIR,
      publicOrigin: config.PUBLIC_URL.replace(/\/+$/, ""),
      assemble: (ended) => assemble(ended, context),
      scriptPath: config.JIBRI_FINALIZE_RECORDING_SCRIPT_PATH,
      keepMs: config.VECHE_RECORDER_KEEP,
      storage: openStorage(config.VECHE_RECORDINGS_UPLOAD, storageSettings(config), clock),
      keepsLocal: config.VECHE_RECORDINGS_KEEP_LOCAL,
    }),
  );
  stack.defer(() => closing.abort());
  const place = { address: relayAddress, ports: config.VECHE_RECORDER_RELAY_PORTS };
  const ports: Ports = {
    openComposite: film ?? ((options) => openComposite(options, { config, log, clock })),
    openTracks: (options) => openTracks(options, { bus, clock, log, taps, recorder, instance, place }),
    openSegments: (options) => openSegments({ ...options, log, clock }),
    openPush: ({ target }) => openPush({ target, log, clock, ...streamRules(config) }),
    begin: (recording) => beginUntilTold(library, recording, clock, closing.signal),
    adopt: (recording) => library.begin(recording),
    finish: (ended) => library.finish(ended),
  };
  const running = stack.move();
  return {
    ports,
    mount: (app) => mountLibrary(app, { library, bus, unit: config.VECHE_UNIT }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function assemble(ended: EndedRecording, { config, log }: Context<Config>): Promise<Assembled> {
  const { directory, fileName: name, signal, recording } = ended;
  if (recording.mode === Mode.COMPOSITE)
    return joinParts({ directory, name, ffmpegPath: config.FFMPEG_PATH, log, signal });
  return { files: await finishTracks(directory, { ffmpegPath: config.FFMPEG_PATH, mixName: name, signal }), gaps: [] };
}

function streamRules(config: Config) {
  return { hosts: config.VECHE_RECORDER_STREAM_HOSTS, allowPrivate: config.VECHE_RECORDER_ALLOW_PRIVATE_STREAMS };
}

function storageSettings(config: Config) {
  return {
    url: config.VECHE_RECORDINGS_UPLOAD_URL,
    user: config.VECHE_RECORDINGS_UPLOAD_USER,
    password: config.VECHE_RECORDINGS_UPLOAD_PASSWORD,
    region: config.VECHE_RECORDINGS_UPLOAD_REGION,
  };
}

/** However long NATS is away: whoever takes the recording over has to find who had it before. */
async function beginUntilTold(
  library: Library,
  recording: Recording,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (let waitMs: number = beginTimes.firstMs; ; waitMs = Math.min(beginTimes.lastMs, waitMs * 2)) {
    try {
      // It has ended meanwhile, and the library knows more than its beginning.
      if (recording.status !== "recording" || signal.aborted) return;
      return await library.begin(recording);
    } catch {
      await pause(clock, waitMs, signal);
    }
  }
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer: Timer = clock.after(ms, resolve);
    const end = () => {
      timer.cancel();
      resolve();
    };
    signal.addEventListener("abort", end, { once: true });
  });
}
