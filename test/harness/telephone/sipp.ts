/** A telephone that does exactly what it is told, Debian's SIPp: headers, keys by INFO or as tones, addresses of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aLaw } from "@veche/sip-gateway/sound/codecs/g711.ts";
import { tonesOf } from "@veche/sip-gateway/sound/keys/digits.ts";

const patienceMs = 120_000;

/** For `test(name, { skip })`: why there is none here, or false. */
export function withoutSipp(): string | false {
  const isThere = spawnSync("sipp", ["-v"], { stdio: "ignore" }).error === undefined;
  return isThere ? false : "no SIPp here (Debian: apt-get install sip-tester)";
}

export type Step =
  | { readonly type: "pause"; readonly ms: number }
  /** A key by SIP INFO. */
  | { readonly type: "info"; readonly key: string }
  /** Keys as tones in the sound: no telephone-event is offered. */
  | { readonly type: "tones"; readonly keys: string }
  /** REFER, which is refused. */
  | { readonly type: "transfer"; readonly to: string };

export type SippOptions = {
  /** UDP port of 127.0.0.1 that is called. */
  readonly port: number;
  /** Whom it dials; its own number. */
  readonly to: string;
  readonly user: string;
  /** Whole lines: "Jitsi-Conference-Room: hall". */
  readonly headers?: readonly string[];
  /** Where it calls from. */
  readonly address?: string;
  /** Of the answer: 200 unless it is to be refused. */
  readonly status?: number;
  /** Once it is answered. */
  readonly steps?: readonly Step[];
  /** It hangs up after the steps; otherwise it waits to be hung up. */
  readonly hangsUp?: boolean;
  readonly calls?: number;
  readonly perSecond?: number;
  /** Of many some may be told that there is no room (503). */
  readonly mayBeRefused?: boolean;
};

export class SippCall implements AsyncDisposable {
  readonly #program: ChildProcess;
  readonly #directory: string;
  readonly #ended: Promise<number | null>;
  #said = "";

  private constructor(program: ChildProcess, directory: string) {
    this.#program = program;
    this.#directory = directory;
    for (const stream of [program.stdout, program.stderr])
      stream?.on("data", (chunk: Buffer) => {
        this.#said = (this.#said + String(chunk)).slice(-4_000);
      });
    this.#ended = once(program, "exit").then(([code]) => code as number | null);
  }

  static async dial(options: SippOptions): Promise<SippCall> {
    const { port, to, address = "127.0.0.1", calls = 1, perSecond = 10 } = options;
    const directory = await mkdtemp(join(tmpdir(), "veche-sipp-"));
    const path = join(directory, "scenario.xml");
    await writeFile(path, await scenarioOf(options, directory));
    const much = ["-m", String(calls), "-r", String(perSecond), "-l", String(calls)];
    const own = ["-i", address, "-mi", address, "-nostdin", "-timeout", String(patienceMs / 1_000), "-timeout_error"];
    const errors = ["-trace_err", "-error_file", join(directory, "errors")];
    const program = spawn("sipp", ["-sf", path, "-s", to, ...much, ...own, ...errors, `127.0.0.1:${port}`], {
      cwd: directory,
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new SippCall(program, directory);
  }

  /** A telephone that rings and then answers one call so: 486, 603, 404. */
  static async refuse(port: number, status: number): Promise<SippCall> {
    const directory = await mkdtemp(join(tmpdir(), "veche-sipp-"));
    const path = join(directory, "scenario.xml");
    const to = "[last_To:];tag=[call_number]";
    const answer = (line: string) =>
      send(
        [`SIP/2.0 ${line}`, "[last_Via:]", "[last_From:]", to, "[last_Call-ID:]", "[last_CSeq:]", "", ""].join("\n"),
      );
    const parts = ['<recv request="INVITE"/>', answer("180 Ringing"), '<pause milliseconds="1000"/>'];
    parts.push(answer(`${status} No`), '<recv request="ACK"/>');
    await writeFile(path, page(parts));
    const own = ["-i", "127.0.0.1", "-p", String(port), "-m", "1", "-nostdin", "-timeout", "120", "-timeout_error"];
    const program = spawn("sipp", ["-sf", path, ...own], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
    return new SippCall(program, directory);
  }

  /** It went as the scenario says; throws with what SIPp said otherwise. */
  async succeeds(): Promise<void> {
    const code = await this.#ended;
    if (code !== 0) throw new Error(`SIPp ended with ${code}: ${this.#said}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#program.kill("SIGKILL");
    await this.#ended;
    await rm(this.#directory, { recursive: true });
  }
}

async function scenarioOf(options: SippOptions, directory: string): Promise<string> {
  const { user, headers = [], status = 200, steps = [], hangsUp = false, calls = 1, mayBeRefused = false } = options;
  const hasTones = steps.some(({ type }) => type === "tones");
  const events = hasTones ? [] : ["a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16"];
  const body = [
    "v=0",
    "o=- 1 1 IN IP[local_ip_type] [local_ip]",
    "s=-",
    "c=IN IP[media_ip_type] [media_ip]",
    "t=0 0",
    `m=audio ${calls === 1 ? "[rtpstream_audio_port]" : "[auto_media_port]"} RTP/AVP 8${hasTones ? "" : " 101"}`,
    "a=rtpmap:8 PCMA/8000",
    ...events,
  ];
  const parts: string[] = [
    send(message(`INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0`, user, "INVITE", "", headers, body)),
    ...[100, 180, 183].map((each) => `<recv response="${each}" optional="true"/>`),
  ];
  if (status !== 200) {
    parts.push(`<recv response="${status}"/>`, send(message(target, user, "ACK", "[peer_tag_param]", [], [])));
    return page(parts);
  }
  if (mayBeRefused) parts.push('<recv response="503" optional="true" next="refused"/>');
  parts.push('<recv response="200" rrs="true"/>', send(message(target, user, "ACK", "[peer_tag_param]", [], [])));
  const silence = play(await fileOf(directory, "silence", tonesIn("D").fill(0xd5)), -1);
  if (calls === 1) parts.push(silence);
  for (const [index, step] of steps.entries()) {
    if (step.type === "pause") parts.push(`<pause milliseconds="${step.ms}"/>`);
    if (step.type === "info") {
      const type = ["Content-Type: application/dtmf-relay"];
      const signal = [`Signal=${step.key}`, "Duration=160"];
      parts.push(send(message("INFO [next_url] SIP/2.0", user, "INFO", "[peer_tag_param]", type, signal)));
      parts.push('<recv response="200"/>');
    }
    if (step.type === "transfer") {
      const to = [`Refer-To: <${step.to}>`];
      parts.push(send(message("REFER [next_url] SIP/2.0", user, "REFER", "[peer_tag_param]", to, [])));
      parts.push('<recv response="403"/>');
    }
    if (step.type === "tones") {
      const sound = tonesIn(step.keys);
      parts.push(play(await fileOf(directory, `tones-${index}`, sound), 1));
      parts.push(`<pause milliseconds="${Math.ceil(sound.length / 8) + 500}"/>`, silence);
    }
  }
  if (hangsUp) {
    parts.push(send(message("BYE [next_url] SIP/2.0", user, "BYE", "[peer_tag_param]", [], [])));
    parts.push(`<recv response="200"${mayBeRefused ? ' next="over"' : ""}/>`);
  } else {
    parts.push('<recv request="BYE"/>');
    const answer = ["SIP/2.0 200 OK", "[last_Via:]", "[last_From:]", "[last_To:]", "[last_Call-ID:]", "[last_CSeq:]"];
    parts.push(send([...answer, "Content-Length: 0", "", ""].join("\n")));
  }
  if (mayBeRefused)
    parts.push(
      '<label id="refused"/>',
      send(message(target, user, "ACK", "[peer_tag_param]", [], [])),
      '<label id="over"/>',
    );
  return page(parts);
}

const target = "ACK [next_url] SIP/2.0";

function message(
  first: string,
  user: string,
  method: string,
  toTag: string,
  headers: readonly string[],
  body: readonly string[],
): string {
  const isInvite = method === "INVITE";
  const typed = headers.some((header) => header.startsWith("Content-Type"));
  return [
    first,
    "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
    `From: <sip:${user}@[local_ip]:[local_port]>;tag=[call_number]`,
    `To: <sip:[service]@[remote_ip]:[remote_port]>${toTag}`,
    "Call-ID: [call_id]",
    `CSeq: ${method === "ACK" ? "1" : "[cseq]"} ${method}`,
    ...(isInvite ? [] : ["[routes]"]),
    `Contact: <sip:${user}@[local_ip]:[local_port]>`,
    "Max-Forwards: 70",
    ...headers,
    ...(body.length > 0 && !typed ? ["Content-Type: application/sdp"] : []),
    "Content-Length: [len]",
    "",
    ...body,
    "",
  ].join("\n");
}

const send = (text: string): string => `<send><![CDATA[\n${text}\n]]></send>`;

function page(parts: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="call">\n${parts.join("\n")}\n</scenario>\n`;
}

async function fileOf(directory: string, name: string, sound: Buffer): Promise<string> {
  const path = join(directory, `${name}.alaw`);
  await writeFile(path, sound);
  return path;
}

/** So many times; -1: without end. */
const play = (path: string, times: number): string =>
  `<nop><action><exec rtp_stream="${path},${times},8,PCMA/8000"/></action></nop>`;

const rateHz = 8_000;
const amplitude = 0.25;

/** Each key for 120 ms, and a pause as long. */
function tonesIn(keys: string): Buffer {
  const length = (rateHz * 120) / 1_000;
  const silence = Buffer.from(aLaw.encode(new Float32Array(length)));
  return Buffer.concat(
    [...keys].flatMap((key) => {
      const tones = tonesOf(key) ?? [];
      const samples = Float32Array.from({ length }, (_, n) =>
        tones.reduce((sum, hz) => sum + amplitude * Math.sin((2 * Math.PI * hz * n) / rateHz), 0),
      );
      return [Buffer.from(aLaw.encode(samples)), silence];
    }),
  );
}
