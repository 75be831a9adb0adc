import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** Seconds from 1900 (RTP's clock) to 1970. */
const ntpOffsetS = 2_208_988_800;
const clockRate = 90_000;
const frameMs = 33;
const payloadType = 100;

export type Layer = { readonly ssrc: number; readonly width: number };

/** VP8 in RTP (RFC 7741) that only its headers are right of: three sizes of one picture, each with a clock of its own. */
export class SimulcastSender implements AsyncDisposable {
  readonly layers: readonly Layer[];
  /** Key frames asked for, by SSRC. */
  readonly asked = new Map<number, number>();
  readonly #socket: Socket;
  readonly #port: number;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #sequence = new Map<number, number>();
  readonly #keyFrames = new Set<number>();
  readonly startedAt = Date.now();
  #picture = 0;

  private constructor(socket: Socket, port: number, layers: readonly Layer[]) {
    this.#socket = socket;
    this.#port = port;
    this.layers = layers;
    for (const { ssrc } of layers) this.#keyFrames.add(ssrc);
    socket.on("message", (packet) => this.#hear(packet));
    this.#timers.push(setInterval(() => this.#sendFrames(), frameMs));
    this.#timers.push(setInterval(() => this.#sendReports(), 300));
  }

  static async start(port: number, layers: readonly Layer[]): Promise<SimulcastSender> {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new SimulcastSender(socket, port, layers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#socket.close();
  }

  /** Each layer starts its clock anywhere, as browsers do. */
  #timestamp(ssrc: number, at: number): number {
    return (ssrc * 1_000_003 + Math.round(((at - this.startedAt) * clockRate) / 1000)) >>> 0;
  }

  #sendFrames(): void {
    const now = Date.now();
    this.#picture = (this.#picture + 1) & 0x7fff;
    for (const layer of this.layers) {
      const sequence = ((this.#sequence.get(layer.ssrc) ?? layer.ssrc) + 1) & 0xffff;
      this.#sequence.set(layer.ssrc, sequence);
      const isKey = this.#keyFrames.delete(layer.ssrc);
      const header = Buffer.alloc(12);
      header.writeUInt8(0x80, 0);
      header.writeUInt8(0x80 | payloadType, 1);
      header.writeUInt16BE(sequence, 2);
      header.writeUInt32BE(this.#timestamp(layer.ssrc, now), 4);
      header.writeUInt32BE(layer.ssrc, 8);
      this.#send(Buffer.concat([header, describeFrame(this.#picture), frame(layer.width, isKey)]));
    }
  }

  #sendReports(): void {
    const now = Date.now();
    for (const { ssrc } of this.layers) {
      const report = Buffer.alloc(28);
      report.writeUInt8(0x80, 0);
      report.writeUInt8(200, 1);
      report.writeUInt16BE(6, 2);
      report.writeUInt32BE(ssrc, 4);
      report.writeUInt32BE(Math.floor(now / 1000) + ntpOffsetS, 8);
      report.writeUInt32BE(Math.floor(((now % 1000) / 1000) * 2 ** 32), 12);
      report.writeUInt32BE(this.#timestamp(ssrc, now), 16);
      this.#send(report);
    }
  }

  /** PLI (RFC 4585 6.3.1), perhaps among other reports. */
  #hear(packet: Buffer): void {
    for (let at = 0; at + 12 <= packet.length; at += (packet.readUInt16BE(at + 2) + 1) * 4) {
      if (packet.readUInt8(at + 1) !== 206 || (packet.readUInt8(at) & 0x1f) !== 1) continue;
      const ssrc = packet.readUInt32BE(at + 8);
      this.#keyFrames.add(ssrc);
      this.asked.set(ssrc, (this.asked.get(ssrc) ?? 0) + 1);
    }
  }

  #send(packet: Buffer): void {
    this.#socket.send(packet, this.#port, "127.0.0.1");
  }
}

/** Extended, with a picture id of 15 bits, the index of temporal layer 0 and layer 0 itself. */
function describeFrame(picture: number): Buffer {
  return Buffer.from([0x90, 0xe0, 0x80 | (picture >> 8), picture & 0xff, picture & 0xff, 0x20]);
}

/** RFC 6386 9.1: the first bit says whether it is no key frame; its size is in the start of a key frame. */
function frame(width: number, isKey: boolean): Buffer {
  const body = Buffer.alloc(width / 2, width & 0xff);
  if (!isKey) return Buffer.concat([Buffer.from([0x11, 0, 0]), body]);
  const start = Buffer.from([0x10, 0, 0, 0x9d, 0x01, 0x2a, width & 0xff, width >> 8, 0x68, 0x01]);
  return Buffer.concat([start, body]);
}

export type Received = {
  readonly at: number;
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
  /** Of a key frame. */
  readonly width: number | undefined;
};

/** Reads a packet as the sender above makes them; undefined: RTCP. */
export function readVp8(packet: Buffer): Received | undefined {
  const type = packet.readUInt8(1);
  if (type >= 192 && type <= 223) return undefined;
  const extension = packet.readUInt8(0) & 0x10 ? 4 + packet.readUInt16BE(14) * 4 : 0;
  const payload = packet.subarray(12 + extension);
  const start = payload.subarray(6);
  const isKey = start.length > 9 && (start.readUInt8(0) & 1) === 0;
  return {
    at: Date.now(),
    ssrc: packet.readUInt32BE(8),
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    width: isKey ? start.readUInt16LE(6) : undefined,
  };
}
