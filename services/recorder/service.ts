import { mkdir } from "node:fs/promises";
import type { Bus } from "@veche/kit/bus.ts";
import { type Clock, systemClock } from "@veche/kit/clock.ts";
import { openBus } from "@veche/kit/nats-bus.ts";
import { findReachedAt } from "@veche/kit/own-address.ts";
import { tellOrigin } from "@veche/kit/private-tls/origin.ts";
import { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import type { Context } from "@veche/kit/run.ts";
import { announce } from "@veche/kit/service-facts.ts";
import { type Config, recorderIdOf } from "./config.ts";
import type { Refusal } from "./domain/admission.ts";
import { DiskWatch } from "./edge/disk-watch.ts";
import { freeDisk } from "./edge/figures.ts";
import { openHttp, openInternalHttp } from "./edge/http.ts";
import { Machine } from "./edge/machine.ts";
import { type OwnState, RecorderStates } from "./edge/recorder-states.ts";
import { refuseRemovedHosts } from "./edge/removed-hosts.ts";
import { ServiceFacts } from "./edge/service-facts.ts";
import { type JibriStatus, Webhooks } from "./edge/webhooks.ts";
import { RecorderEvents } from "./events.ts";
import { RecordingFacts } from "./library/facts.ts";
import { modeName } from "./library/metadata.ts";
import { createRecorderMetrics, type RecorderMetrics } from "./metrics.ts";
import { openParts, type Parts } from "./parts.ts";
import { failureOf } from "./session/errors.ts";
import type { Folder } from "./session/folder.ts";
import type { Ports } from "./session/ports.ts";
import { Recorder } from "./session/recorder.ts";
import type { OutputView } from "./session/view.ts";

/** What a test may hand in. */
export type Edges = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly parts: Parts;
  readonly openComposite: Ports["openComposite"];
  readonly freeDisk: (directory: string) => Promise<number>;
  /** Ends this process: what Jibri's internal API is for. */
  readonly end: () => void;
};

export interface RecorderService extends AsyncDisposable {
  readonly id: string;
  readonly httpPort: number;
  /** Undefined where Jibri's internal API could not be served. */
  readonly internalPort: number | undefined;
  readonly recorder: Recorder;
}

const MiB = 1024 * 1024;

export async function start(context: Context<Config>, given: Partial<Edges> = {}): Promise<RecorderService> {
  const { config, log, instance, health, version, signal } = context;
  const clock = given.clock ?? systemClock;
  const id = recorderIdOf(config);
  const root = config.JIBRI_RECORDING_DIR;
  const source = `/recorder/${instance}`;
  await using stack = new AsyncDisposableStack();

  await mkdir(root, { recursive: true, mode: 0o750 });
  const bus = given.bus ?? stack.use(await openBus(context));
  const metrics = createRecorderMetrics(context.metrics);
  const events = new RecorderEvents(log, metrics);
  const facts = new RecordingFacts(bus, source);
  const serviceFacts = new ServiceFacts({ bus, clock, log, role: context.role, instance });
  const tls = stack.use(await PrivateTls.open(context, clock));
  if (tls) stack.use(await refuseRemovedHosts(bus, tls));
  const reachedAt = await findReachedAt(config);
  const relayAddress = () => config.VECHE_RECORDER_RELAY_ADDRESS || reachedAt("");
  const around = { bus, clock, tls, relayAddress, film: given.openComposite };
  const parts = stack.use(given.parts ?? (await openParts(context, around)));
  const machine = stack.use(
    new Machine({
      directory: root,
      password: config.JIBRI_RECORDER_PASSWORD,
      browserPath: config.CHROMIUM_PATH,
      clock,
    }),
  );
  await machine.measure();

  let tellOthers = () => {};
  const recorder = new Recorder({
    bus,
    me: { recorder: id, instance },
    root,
    usageTimeoutMs: config.JIBRI_USAGE_TIMEOUT,
    ports: parts.ports,
    clock,
    log,
    events,
    measured: () => ({ ...machine.figures, freeDiskBytes: disk.freeBytes }),
    limits: () => ({
      maxComposites: config.VECHE_RECORDER_MAX_COMPOSITES,
      maxTracks: config.VECHE_RECORDER_MAX_TRACKS,
      maxCpuFraction: config.VECHE_RECORDER_MAX_CPU,
      minMemoryBytes: config.VECHE_RECORDER_MIN_MEMORY * MiB,
      diskReserveBytes: disk.reserveBytes,
    }),
    standing: () => ({ isHealthy: problem() === undefined, hasAccount: machine.canJoin }),
    hasSuccessor: (kind) => signal.reason !== "SIGINT" && states.hasSuccessor(kind),
    isThere: (recorder) => states.isThere(recorder),
    onStored: (folder, stored) => void tellStored(folder, stored),
    onOutput: (view) => webhooks.session(sessionStatusOf(view)),
    onChange: () => tellOthers(),
  });
  const tellStored = async ({ recording }: Folder, { seconds, bytes }: { seconds: number; bytes: number }) => {
    const body = { mode: modeName(recording.mode), recorder: id, durationSeconds: seconds, sizeBytes: BigInt(bytes) };
    await facts
      .say("recordingSegmentStored", recording, clock.now(), body, "always")
      .catch((error: unknown) => log.debug({ err: error }, "a fact about a recording was not stored"));
  };
  const disk = stack.use(
    new DiskWatch({
      rules: { warnBytes: config.VECHE_RECORDER_WARN_DISK * MiB, minBytes: config.VECHE_RECORDER_MIN_DISK * MiB },
      clock,
      log,
      free: () => (given.freeDisk ?? freeDisk)(root),
      unfinished: () => recorder.unfinishedBytes(),
      onLevel: (level, freeBytes) => {
        const text = `${Math.round(freeBytes / MiB)} MiB are free for recordings`;
        serviceFacts.warned("disk-low", text, level === "good");
        recorder.setDisk(level);
      },
    }),
  );
  await disk.start();
  const problem = () => machine.problem ?? disk.problem;
  const status = (): JibriStatus => jibriStatusOf(recorder.refusal("composite", false), problem());

  const webhooks = stack.use(
    new Webhooks({
      subscribers: config.JIBRI_WEBHOOK_SUBSCRIBERS,
      jibriId: id,
      status,
      clock,
      log,
      onSent: (outcome) => metrics.webhooks.inc({ outcome }),
    }),
  );
  const jibri = {
    status,
    environment: config.VECHE_UNIT,
    unit: config.VECHE_UNIT,
    mucDomain: config.XMPP_MUC_DOMAIN,
    now: () => clock.now(),
    start: (job: Parameters<Recorder["startLocal"]>[0]) => recorder.startLocal(job),
    stop: (job: string | undefined) => recorder.stopLocal(job),
  };
  const http = stack.use(await openHttp({ context, tls, jibri, mountMore: parts.mount }));
  const origin = tellOrigin(
    {
      setting: "VECHE_RECORDER_HTTP_ORIGIN",
      given: config.VECHE_RECORDER_HTTP_ORIGIN,
      host: () => reachedAt(config.JIBRI_HTTP_API_ADDRESS),
      port: () => http.port,
    },
    tls,
    log,
  );
  const state = (): OwnState => ({
    recorder: id,
    instance,
    version,
    hostId: config.VECHE_HOST_ID,
    httpOrigin: origin(),
    healthy: problem() === undefined,
    draining: recorder.isDraining,
    compositeFull: recorder.refusal("composite") !== undefined,
    tracksFull: recorder.refusal("tracks") !== undefined,
    composites: recorder.count("composite"),
    tracks: recorder.count("tracks"),
    cpuFraction: machine.figures.cpuFraction,
    freeMemoryBytes: BigInt(Math.round(machine.figures.freeMemoryBytes)),
    freeDiskBytes: BigInt(Math.round(disk.freeBytes)),
    warnings: [...recorder.warnings()],
    relayAddress: relayAddress(),
  });
  const states = stack.use(await RecorderStates.open({ bus, clock, log, everyMs: config.JIBRI_STATS_INTERVAL, state }));
  tellOthers = () => {
    states.tell();
    webhooks.statusChanged();
    showMetrics(metrics, recorder, machine, disk);
  };
  stack.use(
    await announce(bus, context, {
      addresses: () => [origin()],
      directories: { recordings: root },
    }),
  );

  stack.use(recorder);
  stack.defer(() => {
    serviceFacts.draining();
    void recorder.drain();
    states.tell();
  });
  await recorder.start();
  states.start();
  webhooks.start();
  machine.start(() => {
    health.set("recordings", problem());
    showMetrics(metrics, recorder, machine, disk);
  });
  const end = given.end ?? (() => void process.kill(process.pid, "SIGTERM"));
  const finish = () => void recorder.drain().then(end);
  const internal = await openInternalHttp({ context, finish, end }).catch((error: unknown) =>
    log.warn({ err: error }, "Jibri's internal API is not served"),
  );
  if (internal) stack.use(internal);
  if (!machine.canJoin)
    log.warn("there are no composites: JIBRI_RECORDER_PASSWORD is empty, or there is no CHROMIUM_PATH");
  log.info({ recorder: id, http: http.port, origin: origin() }, "recorder is up");
  const running = stack.move();
  return {
    id,
    httpPort: http.port,
    internalPort: internal?.port,
    recorder,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function jibriStatusOf(refusal: Refusal | undefined, problem: string | undefined): JibriStatus {
  return {
    busyStatus: refusal === undefined ? "IDLE" : "BUSY",
    health: {
      healthStatus: problem === undefined ? "HEALTHY" : "UNHEALTHY",
      details: problem === undefined ? {} : { recordings: problem },
    },
  };
}

/** Where trying again elsewhere would end the same way. */
const lastingFailures: ReadonlySet<string> = new Set(["target-refused", "limit"]);

function sessionStatusOf({ id, status, error }: OutputView) {
  if (!error) return { sessionId: id, status: status === "on" ? "ON" : "OFF" } as const;
  const { code, text } = failureOf(error);
  return {
    sessionId: id,
    status: "OFF",
    failure: { reason: code, error: text },
    shouldRetry: !lastingFailures.has(code),
  } as const;
}

function showMetrics(metrics: RecorderMetrics, recorder: Recorder, machine: Machine, disk: DiskWatch): void {
  for (const kind of ["composite", "tracks"] as const) {
    metrics.sessions.set({ kind }, recorder.count(kind));
    metrics.full.set({ kind }, recorder.refusal(kind) === undefined ? 0 : 1);
  }
  metrics.finishing.set(recorder.finisher.count);
  metrics.cpu.set(machine.figures.cpuFraction);
  metrics.memory.set(machine.figures.freeMemoryBytes);
  metrics.disk.set(disk.freeBytes);
}
