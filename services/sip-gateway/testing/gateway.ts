/** A gateway among scripted peers: an XMPP server and a focus that do what a test has them do. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { ManualClock } from "@veche/kit/clock.ts";
import { readConfig } from "@veche/kit/config.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { Health } from "@veche/kit/health.ts";
import { createLogger } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { Metrics } from "@veche/kit/metrics.ts";
import type {
  AcceptSessionRequest,
  RequestMuteRequest,
  TerminateSessionRequest,
} from "@veche/proto/gen/veche/focus/v1/focus_pb.ts";
import { CallRecordSchema, GatewayStateSchema } from "@veche/proto/gen/veche/gateway/v1/gateway_pb.ts";
import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import {
  type CallOccupantSchema,
  CallState,
  type EnterRoomRequest,
  type UpdateCallRequest,
} from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { buckets, streams } from "@veche/proto/storage.ts";
import { calls, gateway as contracts, focus, muc } from "@veche/proto/subjects.ts";
import { schema } from "../config.ts";
import { type GatewayService, start } from "../service.ts";
import { FakeSignalling } from "./fake-signalling.ts";
import { FakeSound } from "./fake-sound.ts";

export type Standing = MessageInitShape<typeof CallOccupantSchema>;

const unit = "main";

export class World implements AsyncDisposable {
  readonly network = new MemoryNetwork();
  readonly clock = new ManualClock(1_700_000_000_000);
  readonly xmpp = new MemoryBus(this.network, { role: "xmpp", clock: this.clock });
  readonly focus = new MemoryBus(this.network, { role: "focus", clock: this.clock });
  readonly logged: string[] = [];
  readonly entered: EnterRoomRequest[] = [];
  readonly shown: UpdateCallRequest[] = [];
  readonly left: string[] = [];
  readonly accepted: AcceptSessionRequest[] = [];
  readonly terminated: TerminateSessionRequest[] = [];
  readonly asked: RequestMuteRequest[] = [];
  /** What the XMPP server says of a call; throw to refuse. */
  standing: (request: EnterRoomRequest) => Standing = () => ({ state: CallState.INSIDE, participants: 2, humans: 1 });
  /** Throw to refuse. */
  mayUnmute: () => void = () => {};
  acceptSession: () => void = () => {};
  endSession: () => void = () => {};
  #revision = 0n;
  readonly #stack = new AsyncDisposableStack();

  constructor() {
    this.xmpp.serve(calls.enterRoom, (request) => {
      this.entered.push(request);
      return { occupant: this.#occupant(request.call, this.standing(request)) };
    });
    this.xmpp.serve(calls.updateCall, (request) => {
      this.shown.push(request);
      return {};
    });
    this.xmpp.serve(calls.leaveRoom, ({ call }) => {
      this.left.push(call);
      return {};
    });
    this.focus.serve(focus.acceptSession, (request) => {
      this.acceptSession();
      this.accepted.push(request);
      return {};
    });
    this.focus.serve(focus.terminateSession, (request) => {
      this.endSession();
      this.terminated.push(request);
      return {};
    });
    this.focus.serve(focus.requestMute, (request) => {
      this.asked.push(request);
      this.mayUnmute();
      return {};
    });
  }

  async start(id = "g1", env: Readonly<Record<string, string>> = {}, instance = `${id}-1`): Promise<TestGateway> {
    const gateway = await startGateway(this, id, env, instance);
    this.#stack.use(gateway);
    return gateway;
  }

  /** The XMPP server tells a gateway of a change. */
  change(gateway: string, call: string, standing: Standing): void {
    this.xmpp.publish(calls.occupantChanged, { gateway }, this.#occupant(call, standing));
  }

  serverUp(): void {
    this.xmpp.publish(muc.serverUp, { unit }, { unit, instance: "x2" });
  }

  /** As the focus does through the XMPP server. */
  async invite(gateway: string, request: EnterRoomRequest, more: Partial<Invitation> = {}): Promise<void> {
    const { room, endpoint } = request;
    await this.xmpp.request(contracts.initiateSession, { gateway }, { ...invitation, room, endpoint, ...more });
  }

  async facts(): Promise<
    readonly { readonly subject: string; readonly id: string; readonly body: Record<string, unknown> }[]
  > {
    const all = [];
    for await (const { subject, id, body } of this.focus.replay(streams.conference, "conference.v1.>"))
      all.push({ subject, id, body: body as Record<string, unknown> });
    return all;
  }

  async records(): Promise<number> {
    const bucket = await this.focus.bucket(buckets.sipCalls, CallRecordSchema);
    let count = 0;
    for await (const _ of bucket.entries()) count += 1;
    return count;
  }

  async state(id = "g1") {
    const bucket = await this.focus.bucket(buckets.gateways, GatewayStateSchema);
    return (await bucket.get(id))?.value;
  }

  /** Moves time on in tenths of a second until it holds. */
  async until<T>(
    look: () => T | undefined | false | Promise<T | undefined | false>,
    what: string,
    mostMs = 60_000,
  ): Promise<T> {
    for (let movedMs = 0; movedMs <= mostMs; movedMs += 100) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      await this.clock.advance(100);
    }
    throw new Error(`not within ${mostMs} ms: ${what}`);
  }

  async seconds(count: number): Promise<void> {
    for (let n = 0; n < count * 2; n += 1) await this.clock.advance(500);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    let isOver = false;
    const over = this.#stack.disposeAsync().finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await this.clock.advance(100);
      await wait(1);
    }
    await over;
  }

  #occupant(call: string, standing: Standing): Standing {
    this.#revision += 1n;
    return { call, instance: "x1", revision: this.#revision, maySpeak: true, ...standing };
  }
}

type Invitation = {
  readonly jingleSession: string;
  readonly conference: string;
  readonly startAudioMuted: boolean;
  readonly descriptions: [];
};

export const bridgeKey = new Uint8Array(44).fill(7);

const invitation = {
  jingleSession: "j1-1",
  bridgeSession: "b1-1",
  conference: "sitting1",
  descriptions: [
    {
      kind: MediaKind.AUDIO,
      payloadTypes: [{ id: 111, name: "opus", clockRateHz: 48_000, channels: 2 }],
      headerExtensions: [{ id: 6, uri: "urn:ietf:params:rtp-hdrext:ssrc-audio-level" }],
    },
  ],
  transport: { plain: { ip: "127.0.0.1", port: 10_001, srtpSuite: "AEAD_AES_256_GCM", srtpKey: bridgeKey } },
  sources: [
    { name: "jvb-a0", owner: "jvb", kind: MediaKind.AUDIO, ssrcs: [1] },
    { name: "aaaaaaaa-a0", owner: "aaaaaaaa", kind: MediaKind.AUDIO, ssrcs: [2] },
    { name: "aaaaaaaa-v0", owner: "aaaaaaaa", kind: MediaKind.VIDEO, ssrcs: [3] },
  ],
};

export class TestGateway implements AsyncDisposable {
  readonly id: string;
  readonly bus: MemoryBus;
  readonly sound: FakeSound;
  readonly service: GatewayService;
  readonly signalling: FakeSignalling;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly ended: () => boolean;
  #isDead = false;

  constructor(
    given: Pick<TestGateway, "id" | "bus" | "sound" | "service" | "signalling" | "health" | "metrics" | "ended">,
  ) {
    this.id = given.id;
    this.bus = given.bus;
    this.sound = given.sound;
    this.service = given.service;
    this.signalling = given.signalling;
    this.health = given.health;
    this.metrics = given.metrics;
    this.ended = given.ended;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.service.httpPort}`;
  }

  get calls() {
    return this.service.calls.all;
  }

  /** As kill -9: nothing is said any more, and nothing is heard. */
  async die(): Promise<void> {
    this.#isDead = true;
    await this.bus[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDead) await this.service.calls.endAll("gateway", false);
    await this.service[Symbol.asyncDispose]();
    await this.bus[Symbol.asyncDispose]();
  }
}

/** Two trunks, of which one is the school's own telephone system. */
export const trunkFile = [
  { name: "office", server: "10.0.0.9", isTrusted: true, dialsOut: true },
  { name: "provider", server: "sip.provider.example", user: "u1", password: "s3cret-trunk" },
];

async function startGateway(
  world: World,
  id: string,
  env: Readonly<Record<string, string>>,
  instance: string,
): Promise<TestGateway> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "veche-gateway-"));
  // It is read at the start, and not again.
  stack.defer(() => rm(directory, { recursive: true }));
  const trunksFile = join(directory, "trunks.json");
  await writeFile(trunksFile, JSON.stringify(trunkFile));
  const config = readConfig(schema, {
    VECHE_GATEWAY_ID: id,
    VECHE_GATEWAY_HTTP_PORT: "0",
    VECHE_SIP_ADDRESS: "127.0.0.1",
    JIGASI_PORT_MAX: "20999",
    VECHE_SIP_TRUNKS_FILE: trunksFile,
    VECHE_SIP_LANGUAGE: "en",
    VECHE_SIP_DIALOUT_PREFIXES: "+7495",
    VECHE_SIP_DIALIN_NUMBERS: "RU:+7 495 000-00-02",
    ...env,
  });
  const bus = new MemoryBus(world.network, { role: "sip-gateway", clock: world.clock });
  const health = new Health();
  const metrics = new Metrics("sip-gateway");
  const sound = new FakeSound();
  let signalling: FakeSignalling | undefined;
  let isEnded = false;
  const service = await start(
    {
      role: "sip-gateway",
      config,
      log: createLogger("sip-gateway", "debug", { write: (line) => void world.logged.push(line) }),
      metrics,
      health,
      instance,
      version: "0.0.0",
      signal: new AbortController().signal,
    },
    {
      bus,
      clock: world.clock,
      sound,
      openSignalling: async (listener, trunks) => {
        signalling = new FakeSignalling(listener, trunks);
        return signalling;
      },
      end: () => {
        isEnded = true;
      },
    },
  );
  if (signalling === undefined) throw new VecheError("internal", "no signalling was opened");
  return new TestGateway({ id, bus, sound, service, signalling, health, metrics, ended: () => isEnded });
}
