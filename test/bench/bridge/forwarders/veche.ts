/** Our bridge as it is deployed: its own process with its worker, a nats-server beside it, and the bench as the focus. */
import { resolve } from "node:path";
import { freePorts, portSettings } from "@veche/deploy/local/ports.ts";
import { nodeOptions } from "@veche/deploy/node-options.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import type { Source } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import { BridgeChannel } from "../../../load/bridge-channel.ts";
import { agreementOf } from "../../../load/jingle.ts";
import { startNats, versionOfOurs } from "../../nats.ts";
import { Program } from "../../process.ts";
import type { Contestant } from "../../rounds.ts";
import type { Admitted, Forwarder, Own } from "./forwarder.ts";

const root = resolve(import.meta.dirname, "../../../..");
const here = { bridge: "jvb-bench" };
const epoch = 1n;
/** What every receiver asks for: more than the picture has. */
const height = 2_160;
const channelListener = { senderConstraint: () => {}, forwarded: () => {}, dominantSpeaker: () => {} };

async function start(): Promise<Forwarder> {
  const stack = new AsyncDisposableStack();
  try {
    const ports = await freePorts();
    const nats = await startNats(stack, ports.nats);
    const program = stack.use(
      new Program(process.execPath, [resolve(root, "services/videobridge/main.ts")], {
        PATH: process.env.PATH,
        NODE_OPTIONS: nodeOptions("videobridge"),
        ...portSettings(ports),
        NATS_URL: nats.url,
        NATS_USER: "",
        VECHE_BRIDGE_ID: here.bridge,
        VECHE_LISTEN_ADDRESS: "127.0.0.1",
        VECHE_DRAIN_TIMEOUT: "0",
        JVB_ADVERTISE_IPS: "127.0.0.1",
        JVB_ADVERTISE_PRIVATE_CANDIDATES: "false",
        MEDIASOUP_WORKER_BIN: process.env.MEDIASOUP_WORKER_BIN,
      }),
    );
    const ready = `http://127.0.0.1:${ports.bridgeRest}/health/ready`;
    await program.until(async () => (await fetch(ready)).ok);
    const bus = stack.use(
      await NatsBus.open({ url: nats.url, user: "", password: "" }, { role: "focus", instance: "bench", version: "0" }),
    );
    const focus = new Focus(bus, `http://127.0.0.1:${ports.channel}`);
    stack.defer(() => focus[Symbol.dispose]());
    return {
      pid: program.pid,
      isNode: true,
      admit: (room, own, source) => focus.admit(room, own, source),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Asks the bridge what a focus asks for each who comes. */
class Focus implements Disposable {
  readonly #bus: NatsBus;
  readonly #channelOrigin: string;
  readonly #channels: BridgeChannel[] = [];
  #endpoints = 0;

  constructor(bus: NatsBus, channelOrigin: string) {
    this.#bus = bus;
    this.#channelOrigin = channelOrigin;
  }

  async admit(room: string, own: Own, source?: Source): Promise<Admitted> {
    const endpoint = source?.owner ?? `r${++this.#endpoints}`;
    const address = { conference: room, epoch, endpoint, jingleSession: `s-${endpoint}` };
    const offer = await this.#bus.request(subjects.createEndpoint, here, { ...address, room });
    const { descriptions, transport, sources, channelPath } = offer;
    if (!transport) throw new Error("the bridge offered no transport");
    await this.#bus.request(subjects.connectEndpoint, here, {
      ...address,
      descriptions,
      transport: {
        ufrag: own.ufrag,
        pwd: own.pwd,
        fingerprints: [{ hash: "sha-256", value: own.fingerprint, setup: "active" }],
      },
      sources: source ? [source] : [],
    });
    const names = sources.map(({ name }) => name);
    return {
      agreement: agreementOf(transport, descriptions),
      start: async () => {
        await this.#bus.request(subjects.resumeSources, here, { conference: room, epoch, endpoint, names });
        const url = new URL(channelPath, "ws://bridge.example").href;
        const channel = await BridgeChannel.open(this.#channelOrigin, url, channelListener);
        this.#channels.push(channel);
        channel.wish({ lastN: -1, height, onStage: [] });
      },
    };
  }

  [Symbol.dispose](): void {
    for (const channel of this.#channels) channel[Symbol.dispose]();
  }
}

export const veche: Contestant<Forwarder> = {
  name: "veche",
  version: () => (process.env.MEDIASOUP_WORKER_BIN ? versionOfOurs() : undefined),
  missing: "there is no nats-server, or MEDIASOUP_WORKER_BIN names no worker",
  start,
};
