import { ManualClock } from "@veche/kit/clock.ts";
import { readConfig } from "@veche/kit/config.ts";
import { Health } from "@veche/kit/health.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { Metrics } from "@veche/kit/metrics.ts";
import type { Reach } from "@veche/kit/stun/reach.ts";
import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import WebSocket from "ws";
import { schema } from "../config.ts";
import type { MediaEngine } from "../edge/media-engine.ts";
import { MemoryEngine } from "../edge/memory-engine.ts";
import { start, type Videobridge } from "../service.ts";
import { acceptedDescriptions, camera, clientTransport, gatewayAddress, microphone } from "./descriptions.ts";

export const here = { bridge: "jvb-1" };

/** What several bridges of one test share. */
export function makeWorld() {
  return { network: new MemoryNetwork(), clock: new ManualClock(1_000_000) };
}

/** `reach`: how a bridge tries its own addresses; without it none are tried. */
export type TestWorld = ReturnType<typeof makeWorld> & { readonly reach?: Reach };

/** A bridge with everything but media workers and NATS, and a clock that stands still. */
export async function startBridge(
  env: Readonly<Record<string, string>> = {},
  real?: MediaEngine,
  { network, clock, reach }: TestWorld = makeWorld(),
  instance = "0123456789ab",
) {
  const bus = new MemoryBus(network, { role: "videobridge" });
  const engine = new MemoryEngine();
  const stopping = new AbortController();
  const service = await start(
    {
      role: "videobridge",
      config: readConfig(schema, {
        VECHE_BRIDGE_ID: here.bridge,
        VECHE_LISTEN_ADDRESS: "127.0.0.1",
        COLIBRI_WEBSOCKET_PORT: "0",
        COLIBRI_REST_PORT: "0",
        VECHE_DRAIN_TIMEOUT: "0",
        ...env,
      }),
      log: silentLog,
      metrics: new Metrics("videobridge"),
      health: new Health(),
      instance,
      version: "1.2.3",
      signal: stopping.signal,
    },
    { bus, clock, engine: real ?? engine, ...(reach ? { reach } : {}) },
  );
  const focus = new MemoryBus(network, { role: "focus" });
  return new TestBridge({ service, focus, engine, clock, bus, network, instance });
}

type Started = Pick<TestBridge, "service" | "focus" | "engine" | "clock" | "bus" | "network" | "instance">;

export class TestBridge implements AsyncDisposable {
  readonly service: Videobridge;
  readonly focus: MemoryBus;
  readonly engine: MemoryEngine;
  readonly clock: ManualClock;
  readonly bus: MemoryBus;
  readonly network: MemoryNetwork;
  readonly instance: string;
  /** Values of its subjects. */
  readonly here: { readonly bridge: string };
  readonly #sockets: WebSocket[] = [];

  constructor(started: Started) {
    this.service = started.service;
    this.focus = started.focus;
    this.engine = started.engine;
    this.clock = started.clock;
    this.bus = started.bus;
    this.network = started.network;
    this.instance = started.instance;
    this.here = { bridge: started.service.id };
  }

  address(endpoint: string, conference = "c1", epoch = 1n) {
    return { conference, epoch, endpoint };
  }

  create(endpoint: string, given: CreateOptions = {}) {
    return this.focus.request(subjects.createEndpoint, this.here, {
      ...this.address(endpoint, given.conference, given.epoch),
      room: "room",
      jingleSession: given.jingleSession ?? `s-${endpoint}`,
      forceMute: given.forceMute,
      plain: given.plain ?? false,
    });
  }

  /** As a gateway accepts for a call: sound alone. */
  async connectPlain(endpoint: string, plain = gatewayAddress(), sources = [microphone(endpoint)], conference = "c1") {
    const { announcements } = await this.focus.request(subjects.connectEndpoint, this.here, {
      ...this.address(endpoint, conference),
      jingleSession: `s-${endpoint}`,
      descriptions: acceptedDescriptions().filter(({ kind }) => kind === MediaKind.AUDIO),
      transport: { plain },
      sources,
    });
    return announcements;
  }

  /** With a microphone and a camera, unless other sources are given. */
  async connect(endpoint: string, sources = [microphone(endpoint), camera(endpoint)], conference = "c1") {
    const { announcements } = await this.focus.request(subjects.connectEndpoint, this.here, {
      ...this.address(endpoint, conference),
      jingleSession: `s-${endpoint}`,
      descriptions: acceptedDescriptions(),
      transport: clientTransport(),
      sources,
    });
    return announcements;
  }

  async join(...endpoints: string[]) {
    for (const endpoint of endpoints) {
      await this.create(endpoint);
      await this.connect(endpoint);
    }
    for (const endpoint of endpoints) await this.resume(endpoint);
  }

  resume(endpoint: string, names: string[] = []) {
    return this.focus.request(subjects.resumeSources, this.here, { ...this.address(endpoint), names });
  }

  async snapshot(conference = "c1") {
    const { conferences } = await this.focus.request(subjects.snapshot, this.here, {});
    return conferences.find((one) => one.conference === conference);
  }

  /** The transports of a conference, in the order in which its endpoints were created. */
  transports(router = 0) {
    return [...([...this.engine.routers][router]?.transports ?? [])];
  }

  async fetch(path: string, init: RequestInit = {}) {
    const response = await fetch(`http://127.0.0.1:${this.service.httpPort}${path}`, init);
    const text = await response.text();
    return { status: response.status, text, json: () => JSON.parse(text) };
  }

  /** A bridge channel; `path` as the bridge gave it. */
  async openChannel(path: string): Promise<TestChannel> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.service.channelPort}${path}`);
    this.#sockets.push(socket);
    return TestChannel.open(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.terminate();
    await this.service[Symbol.asyncDispose]();
  }
}

type CreateOptions = {
  readonly conference?: string;
  readonly epoch?: bigint;
  readonly jingleSession?: string;
  readonly plain?: boolean;
  readonly forceMute?: { readonly audio?: boolean; readonly video?: boolean; readonly desktop?: boolean };
};

type Message = { readonly colibriClass: string; readonly [field: string]: unknown };

export class TestChannel {
  readonly socket: WebSocket;
  readonly heard: Message[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  #wake: (() => void)[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data) => {
      this.heard.push(JSON.parse(String(data)));
      for (const wake of this.#wake.splice(0)) wake();
    });
    this.closed = new Promise((resolve) =>
      socket.on("close", (code, reason) => resolve({ code, reason: String(reason) })),
    );
  }

  /** Rejects with the HTTP status where it is refused. */
  static async open(socket: WebSocket): Promise<TestChannel> {
    const channel = new TestChannel(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
      socket.once("unexpected-response", (_request, response) => reject(new Error(`HTTP ${response.statusCode}`)));
    });
    return channel;
  }

  say(message: object | string): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  all(colibriClass: string): Message[] {
    return this.heard.filter((message) => message.colibriClass === colibriClass);
  }

  /** The first message for which `test` holds, now or later. */
  async until(test: (message: Message) => boolean): Promise<Message> {
    for (let at = 0; ; at += 1) {
      while (at >= this.heard.length)
        await new Promise<void>((resolve, reject) => {
          const timer = setTimeout(() => reject(new Error(`not heard: ${JSON.stringify(this.heard)}`)), 3_000);
          this.#wake.push(() => {
            clearTimeout(timer);
            resolve();
          });
        });
      const message = this.heard[at];
      if (message && test(message)) return message;
    }
  }

  /** Everything that was sent before this has been answered. */
  async settle(): Promise<void> {
    const hellos = this.all("ServerHello").length;
    this.say({ colibriClass: "ClientHello" });
    await this.until(() => this.all("ServerHello").length > hellos);
  }
}
