import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { headerBytes, isRtcp, type RtpPacket, readPacket, writeHeader } from "@veche/kit/rtp/packet.ts";
import { SrtpReader, SrtpWriter } from "@veche/kit/rtp/srtp.ts";
import type { SrtpSuite } from "@veche/kit/rtp/srtp-keys.ts";
import type { Place } from "../messages.ts";

export type PeerKeys = { readonly suite: SrtpSuite; readonly own: Uint8Array; readonly theirs: Uint8Array };

/** A port that sends and takes RTP, as written by hand. */
export class RtpPeer implements Disposable {
  readonly heard: RtpPacket[] = [];
  readonly reports: Buffer[] = [];
  /** Packets that could not be read. */
  unreadable = 0;
  onPacket: (packet: RtpPacket) => void = () => {};
  readonly #socket: Socket;
  readonly #reader: SrtpReader | undefined;
  readonly #writer: SrtpWriter | undefined;

  private constructor(socket: Socket, keys: PeerKeys | undefined) {
    this.#socket = socket;
    this.#reader = keys && new SrtpReader(keys.suite, keys.theirs);
    this.#writer = keys && new SrtpWriter(keys.suite, keys.own);
    socket.on("message", (packet) => this.#hear(packet));
  }

  static async open(keys?: PeerKeys, address = "127.0.0.1"): Promise<RtpPeer> {
    const socket = createSocket("udp4").bind(0, address);
    await once(socket, "listening");
    return new RtpPeer(socket, keys);
  }

  get place(): Place {
    const { address, port } = this.#socket.address();
    return { ip: address, port };
  }

  send(
    to: Place,
    header: Parameters<typeof writeHeader>[0],
    payload: Uint8Array,
    audioLevel?: Parameters<typeof writeHeader>[1],
  ): void {
    const bytes = writeHeader(header, audioLevel);
    const body = Buffer.from(payload);
    this.sendRaw(to, this.#writer ? this.#writer.writeRtp(bytes, body) : Buffer.concat([bytes, body]));
  }

  sendReport(to: Place, report: Buffer): void {
    this.sendRaw(to, this.#writer ? this.#writer.writeRtcp(report) : report);
  }

  sendRaw(to: Place, packet: Buffer): void {
    this.#socket.send(packet, to.port, to.ip);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #hear(packet: Buffer): void {
    if (isRtcp(packet)) {
      const clear = this.#reader ? this.#reader.readRtcp(packet) : packet;
      if (clear) this.reports.push(clear);
      else this.unreadable += 1;
      return;
    }
    const start = headerBytes(packet);
    const clear = this.#reader
      ? this.#reader.readRtp(packet)
      : start < 0
        ? undefined
        : readPacket(packet.subarray(0, start), packet.subarray(start));
    if (!clear) {
      this.unreadable += 1;
      return;
    }
    this.heard.push(clear);
    this.onPacket(clear);
  }
}
