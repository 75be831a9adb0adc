/** A bridge as a recorder sees one: it answers relay-sources, hears wishes, and sends real media with SRTP. */
import { randomBytes, randomUUID } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { MemoryBus, type MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { writeHeader } from "@veche/kit/rtp/packet.ts";
import { SrtpReader, SrtpWriter } from "@veche/kit/rtp/srtp.ts";
import { masterBytes, relaySuite } from "@veche/kit/rtp/srtp-keys.ts";
import type { RelayState } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { bridge as bridgeSubjects, relay as subjects } from "@veche/proto/subjects.ts";
import { framesPerSecond } from "./clips.ts";

const payloadTypes = { audio: 111, video: 100, rtx: 101 } as const;
const frameMs = 1_000 / framesPerSecond;
const opusMs = 20;
const packetBytes = 1_000;

export type Clip = {
  readonly name: string;
  readonly owner: string;
  readonly kind: "audio" | "video";
  readonly frames: readonly Buffer[];
};

/** As JSON. */
export function writeClip({ frames, ...clip }: Clip) {
  return { ...clip, frames: frames.map((frame) => frame.toString("base64")) };
}

export function readClip({ frames, ...clip }: ReturnType<typeof writeClip>): Clip {
  return { ...clip, frames: frames.map((frame) => Buffer.from(frame, "base64")) };
}

type Sending = {
  readonly clip: Clip;
  readonly ssrc: number;
  readonly rtxSsrc: number;
  readonly kept: Map<number, Buffer>;
  sequence: number;
  rtxSequence: number;
  sent: number;
  next: number;
  /** What of a packet is due to be lost. */
  owedLoss: number;
};

export class ScriptedBridge implements AsyncDisposable {
  readonly id: string;
  readonly instance = "b-1";
  readonly asked: string[][] = [];
  readonly states: RelayState[] = [];
  keyFramesAsked = 0;
  packetsAsked = 0;
  /** From 0 to 1: what of each source never arrives at the first try, evenly spread. */
  loss = 0;
  readonly clips = new Map<string, Clip>();
  readonly #bus: MemoryBus;
  readonly #key = randomBytes(masterBytes(relaySuite));
  readonly #writer = new SrtpWriter(relaySuite, this.#key);
  readonly #sendings = new Map<string, Sending>();
  readonly #transport = randomUUID();
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  #other: { readonly ip: string; readonly port: number; readonly reader: SrtpReader } | undefined;
  #wanted: ReadonlySet<string> = new Set();
  #random = 1;
  #startedAt = 0;
  #ssrc = 1_000;

  private constructor(id: string, network: MemoryNetwork, socket: Socket) {
    this.id = id;
    this.#socket = socket;
    this.#bus = new MemoryBus(network, { role: "videobridge" });
    this.#bus.serve(subjects.relaySources, (request) => this.#relay(request), { bridge: id });
    this.#bus.subscribe(subjects.state, (state) => this.#hear(state), { bridge: id });
    socket.on("message", (packet) => this.#hearPacket(packet));
    this.#timer = setInterval(() => this.#play(), 10);
  }

  static async start(network: MemoryNetwork, id = "b1"): Promise<ScriptedBridge> {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new ScriptedBridge(id, network, socket);
  }

  /** As the focus asks the recorder. */
  async offer(
    focus: MemoryBus,
    recorder: string,
    conference: string,
    clips: readonly Clip[],
    epoch = 1n,
  ): Promise<void> {
    for (const clip of clips) this.clips.set(clip.name, clip);
    await focus.request(
      bridgeSubjects.addRemoteSources,
      { bridge: recorder },
      {
        conference,
        epoch,
        room: "room",
        bridge: this.id,
        instance: this.instance,
        sources: clips.map(({ name, owner, kind }) => ({
          name,
          owner,
          kind: kind === "audio" ? MediaKind.AUDIO : MediaKind.VIDEO,
        })),
        videoCodec: "VP8",
      },
    );
  }

  /** Where the recorder listens. */
  get target(): { readonly ip: string; readonly port: number } {
    if (!this.#other) throw new Error("nobody has asked for anything");
    return this.#other;
  }

  ssrcOf(name: string): number {
    return this.#sendings.get(name)?.ssrc ?? 0;
  }

  /** From this bridge's own port. */
  sendRaw(packet: Buffer): void {
    this.#socket.send(packet, this.target.port, this.target.ip);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#socket.close();
    await this.#bus[Symbol.asyncDispose]();
  }

  #relay({
    names,
    transport,
  }: {
    readonly names: string[];
    readonly transport?: { ip: string; port: number; srtpKey: Uint8Array } | undefined;
  }) {
    this.asked.push(names);
    if (!transport) throw new Error("no transport");
    this.#other = { ip: transport.ip, port: transport.port, reader: new SrtpReader(relaySuite, transport.srtpKey) };
    const { port } = this.#socket.address();
    const sendings = names.flatMap((name) => this.#sendingOf(name) ?? []);
    return {
      transport: { id: this.#transport, ip: "127.0.0.1", port, srtpSuite: relaySuite, srtpKey: this.#key },
      sources: sendings.map(({ clip, ssrc, rtxSsrc }) => ({
        name: clip.name,
        kind: clip.kind === "audio" ? MediaKind.AUDIO : MediaKind.VIDEO,
        description: { payloadTypes: clip.kind === "audio" ? [opusType] : [vp8Type, rtxType] },
        encodings: [{ ssrc, rtxSsrc: clip.kind === "audio" ? 0 : rtxSsrc }],
      })),
    };
  }

  #sendingOf(name: string): Sending | undefined {
    const clip = this.clips.get(name);
    if (!clip) return undefined;
    const present = this.#sendings.get(name);
    if (present) return present;
    this.#ssrc += 2;
    const start = { sequence: 65_500, rtxSequence: 0, sent: 0, next: 0, owedLoss: 0 };
    const made = { clip, ssrc: this.#ssrc, rtxSsrc: this.#ssrc + 1, kept: new Map(), ...start };
    this.#sendings.set(name, made);
    return made;
  }

  #hear(state: RelayState): void {
    this.states.push(state);
    this.#wanted = new Set(
      Object.entries(state.wishes).flatMap(([name, { layers }]) => (layers.length > 0 ? name : [])),
    );
  }

  #play(): void {
    const now = performance.now();
    if (this.#startedAt === 0) this.#startedAt = now;
    for (const sending of this.#sendings.values()) {
      const isSound = sending.clip.kind === "audio";
      const due = Math.floor((now - this.#startedAt) / (isSound ? opusMs : frameMs));
      // What was not wanted went by.
      if (!this.#wanted.has(sending.clip.name)) sending.sent = due;
      while (sending.sent < due) this.#sendFrame(sending);
    }
  }

  #sendFrame(sending: Sending): void {
    const { clip } = sending;
    const frame = clip.frames[sending.next % clip.frames.length] ?? Buffer.alloc(1);
    sending.next += 1;
    sending.sent += 1;
    const isSound = clip.kind === "audio";
    const timestamp = Math.round(sending.sent * (isSound ? opusMs * 48 : frameMs * 90)) >>> 0;
    if (isSound) {
      this.#send(sending, payloadTypes.audio, timestamp, false, frame);
      return;
    }
    const parts = Math.ceil(frame.length / packetBytes);
    for (let part = 0; part < parts; part += 1) {
      const piece = frame.subarray(part * packetBytes, (part + 1) * packetBytes);
      const payload = Buffer.concat([Buffer.from([part === 0 ? 0x10 : 0]), piece]);
      this.#send(sending, payloadTypes.video, timestamp, part === parts - 1, payload);
    }
  }

  #send(sending: Sending, type: number, timestamp: number, isLast: boolean, payload: Buffer): void {
    sending.sequence = (sending.sequence + 1) & 0xffff;
    const { sequence, ssrc } = sending;
    const header = writeHeader({ payloadType: type, marker: isLast, sequence, timestamp, ssrc });
    if (type === payloadTypes.video) sending.kept.set(sending.sequence, Buffer.concat([header, payload]));
    const packet = this.#writer.writeRtp(header, payload);
    sending.owedLoss += this.loss;
    if (sending.owedLoss < 1) this.sendRaw(packet);
    else sending.owedLoss -= 1;
  }

  #sendAgain(sending: Sending, sequence: number): void {
    const kept = sending.kept.get(sequence);
    if (!kept) return;
    sending.rtxSequence = (sending.rtxSequence + 1) & 0xffff;
    const header = Buffer.from(kept.subarray(0, 12));
    header.writeUInt8((kept.readUInt8(1) & 0x80) | payloadTypes.rtx, 1);
    header.writeUInt16BE(sending.rtxSequence, 2);
    header.writeUInt32BE(sending.rtxSsrc, 8);
    const original = Buffer.alloc(2);
    original.writeUInt16BE(sequence, 0);
    const packet = this.#writer.writeRtp(header, Buffer.concat([original, kept.subarray(12)]));
    if (this.#chance() >= this.loss) this.sendRaw(packet);
  }

  /** NACK and PLI. */
  #hearPacket(packet: Buffer): void {
    const clear = this.#other?.reader.readRtcp(packet);
    if (!clear) return;
    const [type, format] = [clear.readUInt8(1), clear.readUInt8(0) & 0x1f];
    if (type === 206 && format === 1) {
      this.keyFramesAsked += 1;
      const sending = this.#find(clear.readUInt32BE(8));
      if (sending) sending.next = 0;
    }
    if (type !== 205 || format !== 1) return;
    const sending = this.#find(clear.readUInt32BE(8));
    for (let at = 12; at + 4 <= clear.length && sending; at += 4) {
      const [first, mask] = [clear.readUInt16BE(at), clear.readUInt16BE(at + 2)];
      for (let bit = 0; bit <= 16; bit += 1) {
        if (bit > 0 && ((mask >> (bit - 1)) & 1) === 0) continue;
        this.packetsAsked += 1;
        this.#sendAgain(sending, (first + bit) & 0xffff);
      }
    }
  }

  #find(ssrc: number): Sending | undefined {
    return [...this.#sendings.values()].find((one) => one.ssrc === ssrc);
  }

  /** The same each time. */
  #chance(): number {
    this.#random = (this.#random * 48_271) % 2_147_483_647;
    return this.#random / 2_147_483_647;
  }
}

const opusType = { id: payloadTypes.audio, name: "opus", clockRateHz: 48_000, channels: 2 };
const vp8Type = { id: payloadTypes.video, name: "VP8", clockRateHz: 90_000 };
const rtxType = {
  id: payloadTypes.rtx,
  name: "rtx",
  clockRateHz: 90_000,
  parameters: { apt: String(payloadTypes.video) },
};
