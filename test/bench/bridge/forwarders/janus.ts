/** Janus from Debian's package, its videoroom over WebSocket: https://janus.conf.meetecho.com/docs/videoroom.html */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "@veche/deploy/local/ports.ts";
import type { Source } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import WebSocket from "ws";
import { debianVersion, findProgram, Program } from "../../process.ts";
import type { Contestant } from "../../rounds.ts";
import type { Admitted, Forwarder, Own } from "./forwarder.ts";
import { agreementIn, writeAnswer, writeOffer } from "./sdp.ts";

const libraries = ["/usr/lib/x86_64-linux-gnu/janus", "/usr/lib/aarch64-linux-gnu/janus"].find(existsSync) ?? "";
const keepAliveMs = 20_000;
const feed = 1;

/** What Debian's package is left with: one plugin, one transport. ICE-lite, as mediasoup; loopback it refuses. */
function configuration(folder: string, port: number): Readonly<Record<string, string>> {
  return {
    "janus.jcfg": `general: {
      configs_folder = "${folder}"
      plugins_folder = "${libraries}/plugins"
      transports_folder = "${libraries}/transports"
      events_folder = "${folder}"
      loggers_folder = "${folder}"
      debug_level = 2
    }
    nat: { ice_lite = true
      ice_tcp = false }
    media: { ipv6 = false }
    plugins: { disable = "libjanus_audiobridge.so,libjanus_duktape.so,libjanus_echotest.so,libjanus_lua.so,libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,libjanus_videocall.so,libjanus_voicemail.so" }
    transports: { disable = "libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so" }`,
    "janus.transport.websockets.jcfg": `general: { ws = true
      ws_port = ${port}
      ws_ip = "127.0.0.1"
      wss = false }
    admin: { admin_ws = false
      admin_wss = false }`,
    "janus.plugin.videoroom.jcfg": "general: { }",
  };
}

async function start(): Promise<Forwarder> {
  const { http: port } = await freePorts();
  const folder = await mkdtemp(join(tmpdir(), "bench-janus-"));
  for (const [file, text] of Object.entries(configuration(folder, port))) await writeFile(join(folder, file), text);
  const program = new Program(findProgram("janus") ?? "", ["-F", folder], { PATH: process.env.PATH });
  const end = async (): Promise<void> => {
    await program[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    let api: Api | undefined;
    await program.until(async () => {
      api = await Api.open(port);
      return true;
    });
    if (!api) throw new Error("Janus does not answer");
    const rooms = new Rooms(api);
    return {
      pid: program.pid,
      isNode: false,
      admit: (room, own, source) => rooms.admit(room, own, source),
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

type Answer = {
  readonly janus: string;
  readonly transaction?: string;
  readonly data?: { readonly id: number };
  readonly plugindata?: { readonly data: { readonly error?: string } };
  readonly jsep?: { readonly sdp: string };
};

/** https://janus.conf.meetecho.com/docs/rest.html#WS */
class Api {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  #session = 0;
  #transactions = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      const answer: Answer = JSON.parse(String(data));
      // "ack": the plugin answers later, under the same transaction.
      if (answer.janus !== "ack") this.#waiting.get(answer.transaction ?? "")?.(answer);
    });
  }

  static async open(port: number): Promise<Api> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, "janus-protocol");
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    const api = new Api(socket);
    api.#session = (await api.#ask({ janus: "create" })).data?.id ?? 0;
    const timer = setInterval(() => void api.#ask({ janus: "keepalive" }), keepAliveMs);
    socket.on("close", () => clearInterval(timer));
    return api;
  }

  async attach(): Promise<number> {
    return (await this.#ask({ janus: "attach", plugin: "janus.plugin.videoroom" })).data?.id ?? 0;
  }

  async message(handle: number, body: object, jsep?: { readonly type: string; readonly sdp: string }): Promise<Answer> {
    const answer = await this.#ask({ janus: "message", handle_id: handle, body, ...(jsep ? { jsep } : {}) });
    const refused = answer.plugindata?.data.error;
    if (refused !== undefined) throw new Error(`Janus: ${refused}`);
    return answer;
  }

  #ask(request: object): Promise<Answer> {
    const transaction = `t${++this.#transactions}`;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.set(transaction, resolve);
    const session = this.#session === 0 ? {} : { session_id: this.#session };
    this.#socket.send(JSON.stringify({ ...request, ...session, transaction }));
    return promise.finally(() => this.#waiting.delete(transaction));
  }
}

class Rooms {
  readonly #api: Api;
  readonly #numbers = new Map<string, number>();
  readonly #ip = addressOfHost();

  constructor(api: Api) {
    this.#api = api;
  }

  async admit(name: string, own: Own, source?: Source): Promise<Admitted> {
    const handle = await this.#api.attach();
    const room = await this.#numberOf(name, handle);
    const { ufrag, pwd, fingerprint, port } = own;
    const transport = { ufrag, pwd, fingerprint, port, ip: this.#ip };
    if (source) {
      await this.#api.message(handle, { request: "join", ptype: "publisher", room, id: feed });
      const offer = { type: "offer", sdp: writeOffer(transport, source.ssrcs[0] ?? 0) };
      const { jsep } = await this.#api.message(handle, { request: "publish" }, offer);
      return { agreement: agreementIn(jsep?.sdp ?? ""), start: async () => {} };
    }
    const { jsep } = await this.#api.message(handle, {
      request: "join",
      ptype: "subscriber",
      room,
      streams: [{ feed }],
    });
    const offered = jsep?.sdp ?? "";
    await this.#api.message(handle, { request: "start" }, { type: "answer", sdp: writeAnswer(transport, offered) });
    return { agreement: agreementIn(offered), start: async () => {} };
  }

  async #numberOf(name: string, handle: number): Promise<number> {
    const found = this.#numbers.get(name);
    if (found !== undefined) return found;
    const room = this.#numbers.size + 1;
    this.#numbers.set(name, room);
    await this.#api.message(handle, {
      request: "create",
      room,
      publishers: 10,
      bitrate: 0,
      videocodec: "vp8",
      transport_wide_cc_ext: true,
    });
    return room;
  }
}

/** Of this machine, not loopback: packets to it stay on the machine. */
function addressOfHost(): string {
  const found = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal);
  return found?.address ?? "127.0.0.1";
}

export const janus: Contestant<Forwarder> = {
  name: "janus",
  version: () => (findProgram("janus") ? `Janus ${debianVersion("janus")}` : undefined),
  missing: "apt-get install janus",
  start,
};
