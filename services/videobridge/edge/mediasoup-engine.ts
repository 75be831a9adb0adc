import { existsSync } from "node:fs";
import { isIPv6 } from "node:net";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import { createWorker, workerBin as defaultWorkerBin, setLogEventListeners, type types } from "mediasoup";
import { defaultVideoCodec, type VideoCodec } from "../domain/video-codec.ts";
import { type AdvertisedAddress, formatEndpoint } from "./addresses.ts";
import type { EngineUsage, MediaEngine, MediaRouter } from "./media-engine.ts";
import { mediaCodecs } from "./mediasoup-codecs.ts";
import type { RelayRules } from "./mediasoup-relay.ts";
import { type MediaPorts, MediasoupRouter } from "./mediasoup-router.ts";

export type MediasoupRules = {
  readonly workerBin: string;
  readonly workers: number;
  /** One of each family at most. */
  readonly listen: readonly string[];
  readonly udpPort: number;
  readonly tcpPort: number;
  readonly addresses: () => readonly AdvertisedAddress[];
  readonly relay: RelayRules;
};

/** A worker that can't be started again at once is tried again after this. */
const restartDelayMs = 500;

type Running = {
  readonly worker: types.Worker;
  readonly server: types.WebRtcServer;
  readonly portsFor: (ip: string) => MediaPorts;
};
type Slot = {
  readonly index: number;
  ready: Promise<Running>;
  running?: Running;
  readonly routers: Set<MediasoupRouter>;
};

/** mediasoup: a worker process for each of `workers`, every one with ports of its own. */
export class MediasoupEngine implements MediaEngine {
  readonly #rules: MediasoupRules;
  readonly #log: Log;
  readonly #slots: Slot[] = [];
  readonly #ending: AbortSignal | undefined;
  #isClosed = false;

  private constructor(rules: MediasoupRules, log: Log, ending?: AbortSignal) {
    this.#rules = rules;
    this.#log = log;
    this.#ending = ending;
  }

  /** `ending`: the process is asked to end; a terminal's Ctrl-C reaches the workers too, and none is replaced then. */
  static async open(rules: MediasoupRules, log: Log, ending?: AbortSignal): Promise<MediasoupEngine> {
    const workerBin = rules.workerBin || defaultWorkerBin;
    if (!existsSync(workerBin))
      throw new VecheError(
        "failed-precondition",
        `no mediasoup worker at ${workerBin}: "node deploy/mediasoup-worker/ensure.ts" makes one and prints its path, MEDIASOUP_WORKER_BIN names it`,
      );
    forwardLogs(log);
    const found: Running[] = [];
    try {
      for (let index = 0; index < rules.workers; index += 1) found.push(await launch({ ...rules, workerBin }, index));
      const engine = new MediasoupEngine({ ...rules, workerBin }, log, ending);
      for (const [index, running] of found.entries()) engine.#adopt(index, running);
      return engine;
    } catch (error) {
      for (const { worker } of found) worker.close();
      throw error;
    }
  }

  get workers(): number {
    return this.#rules.workers;
  }

  get localUdpPort(): number {
    return this.#localPorts().udp;
  }

  get localTcpPort(): number {
    return this.#localPorts().tcp;
  }

  #localPorts(): MediaPorts {
    return this.#slots[0]?.running?.portsFor(this.#rules.listen[0] ?? "") ?? { udp: 0, tcp: 0 };
  }

  get problem(): string | undefined {
    const down = this.#slots.filter((slot) => !slot.running).length;
    return down === 0 ? undefined : `${down} of ${this.#slots.length} media workers are down`;
  }

  /** Process ids of the workers that run. */
  get pids(): readonly number[] {
    return this.#slots.flatMap((slot) => (slot.running ? [slot.running.worker.pid] : []));
  }

  addresses(): readonly string[] {
    const addresses = this.#rules.addresses();
    return this.#slots.flatMap(({ index, running }) =>
      running
        ? addresses.flatMap(({ ip, udpPort, tcpPort }) => [
            `${formatEndpoint(ip, udpPort === undefined ? running.portsFor(ip).udp : udpPort + index)}/udp`,
            `${formatEndpoint(ip, tcpPort === undefined ? running.portsFor(ip).tcp : tcpPort + index)}/tcp`,
          ])
        : [],
    );
  }

  async openRouter(videoCodec: VideoCodec = defaultVideoCodec, workerIndex = -1): Promise<MediaRouter> {
    if (this.#isClosed) throw new VecheError("unavailable", "the media engine is closed");
    const slot =
      this.#slots[workerIndex] ??
      this.#slots.reduce((least, one) => (one.routers.size < least.routers.size ? one : least));
    const { worker, server, portsFor } = await slot.ready;
    const router = await worker.createRouter({ mediaCodecs: mediaCodecs(videoCodec) });
    const speakers = await router.createActiveSpeakerObserver({ interval: 300 });
    const opened = new MediasoupRouter({
      router,
      videoCodec,
      server,
      speakers,
      candidates: () => ({ addresses: this.#rules.addresses(), portsFor, portOffset: slot.index }),
      relay: this.#rules.relay,
      onClose: (one) => slot.routers.delete(one),
    });
    slot.routers.add(opened);
    return opened;
  }

  async usage(): Promise<EngineUsage> {
    const usages = this.#slots.map(async ({ running }) => {
      if (!running || running.worker.closed) return 0;
      const { ru_utime, ru_stime } = await running.worker.getResourceUsage();
      return ru_utime + ru_stime;
    });
    return { workerCpuMs: await Promise.all(usages) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const running = await Promise.allSettled(this.#slots.map((slot) => slot.ready));
    const ended = running.map((one) => (one.status === "fulfilled" ? closeWorker(one.value.worker) : undefined));
    await Promise.all(ended);
  }

  #adopt(index: number, running: Running): void {
    const slot: Slot = this.#slots[index] ?? { index, ready: Promise.resolve(running), routers: new Set() };
    this.#slots[index] = slot;
    slot.running = running;
    running.worker.on("died", (error) => this.#replace(slot, error.message));
  }

  #replace(slot: Slot, reason: string): void {
    delete slot.running;
    if (this.#ending?.aborted || this.#isClosed) return;
    const lost = [...slot.routers];
    slot.routers.clear();
    slot.ready = this.#relaunch(slot);
    // Whoever opens a router next sees the failure; here it is only kept from being nobody's.
    slot.ready.catch(() => {});
    this.#log.error(
      { worker: slot.index, reason, routers: lost.length },
      "a media worker died, another takes its place",
    );
    for (const router of lost) router.lose(reason);
  }

  async #relaunch(slot: Slot): Promise<Running> {
    for (;;) {
      if (this.#isClosed) throw new VecheError("unavailable", "the media engine is closed");
      try {
        const running = await launch(this.#rules, slot.index);
        if (this.#isClosed) running.worker.close();
        else this.#adopt(slot.index, running);
        return running;
      } catch (error) {
        this.#log.error({ worker: slot.index, err: error }, "a media worker can't be started");
        await new Promise((resolve) => setTimeout(resolve, restartDelayMs));
      }
    }
  }
}

async function launch(rules: MediasoupRules, index: number): Promise<Running> {
  const worker = await startWorker(rules.workerBin);
  const offset = (port: number) => (port === 0 ? {} : { port: port + index });
  const listen = (protocol: "udp" | "tcp", port: number) =>
    // An IPv6 socket would take the IPv4 port too.
    rules.listen.map((ip) => ({ protocol, ip, flags: { ipv6Only: isIPv6(ip) }, ...offset(port) }));
  try {
    const server = await worker.createWebRtcServer({
      listenInfos: [...listen("udp", rules.udpPort), ...listen("tcp", rules.tcpPort)],
    });
    const { udpSockets, tcpServers } = await server.dump();
    const portsFor = (ip: string) => ({ udp: portOf(udpSockets, ip), tcp: portOf(tcpServers, ip) });
    return { worker, server, portsFor };
  } catch (error) {
    worker.close();
    throw explainBind(error, rules, index);
  }
}

/** Of the same family, where there is one: a router in front may translate between them. */
function portOf(sockets: readonly { readonly ip: string; readonly port: number }[], ip: string): number {
  return (sockets.find((one) => isIPv6(one.ip) === isIPv6(ip)) ?? sockets[0])?.port ?? 0;
}

/**
 * mediasoup ends its workers as soon as the process gets SIGTERM or SIGINT. Ours are to carry media until the bridge
 * has handed over what it holds, so those listeners are taken off.
 */
async function startWorker(workerBin: string): Promise<types.Worker> {
  const signals = ["SIGINT", "SIGTERM"] as const;
  const before = new Set(signals.flatMap((signal) => process.listeners(signal)));
  const starting = createWorker({ workerBin, logLevel: "warn" });
  for (const signal of signals)
    for (const listener of process.listeners(signal)) if (!before.has(listener)) process.off(signal, listener);
  return starting;
}

async function closeWorker(worker: types.Worker): Promise<void> {
  if (worker.subprocessClosed) return;
  const closed = new Promise<void>((resolve) => worker.once("subprocessclose", resolve));
  worker.close();
  await closed;
}

function explainBind(error: unknown, { listen, udpPort, tcpPort }: MediasoupRules, index: number): Error {
  const message = error instanceof Error ? error.message : String(error);
  const [, reason] = /failed due to ([^:[]+)|: (address already in use|permission denied)/i.exec(message) ?? [];
  const isTcp = /tcp/i.test(message);
  if (!/bind|in use|denied/i.test(message)) return new VecheError("unavailable", message, { cause: error });
  const [port, setting] = isTcp ? [tcpPort + index, "JVB_TCP_PORT"] : [udpPort + index, "JVB_PORT"];
  return new VecheError(
    "unavailable",
    `can't listen on ${listen.map((ip) => formatEndpoint(ip, port)).join(" and ")}/${isTcp ? "tcp" : "udp"} (${reason ?? message}): free it, or give another with ${setting}`,
    { cause: error },
  );
}

function forwardLogs(log: Log): void {
  setLogEventListeners({
    onwarn: (namespace, text) => log.debug({ namespace }, text),
    onerror: (namespace, text, error) => log.warn({ namespace, err: error }, text),
  });
}
