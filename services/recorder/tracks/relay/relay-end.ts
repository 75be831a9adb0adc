import { randomBytes, randomUUID } from "node:crypto";
import type { Socket } from "node:dgram";
import { bindRelayPort, type RelayPorts } from "@veche/kit/relay-port.ts";
import { isRtcp, type RtpPacket } from "@veche/kit/rtp/packet.ts";
import { senderReports } from "@veche/kit/rtp/rtcp.ts";
import { SrtpReader, SrtpWriter } from "@veche/kit/rtp/srtp.ts";
import { masterBytes, relaySuite } from "@veche/kit/rtp/srtp-keys.ts";
import { trackLimits } from "../limits.ts";

export type RelayPlace = {
  /** What bridges are told; asked at each end. */
  readonly address: () => string;
  readonly ports: RelayPorts;
};

/** What the other end is. */
export type OtherEnd = { readonly id: string; readonly ip: string; readonly port: number; readonly key: Uint8Array };

export type RelayEars = {
  /** Whether anything of that SSRC is expected. */
  readonly knows: (ssrc: number) => boolean;
  readonly onPacket: (packet: RtpPacket) => void;
  readonly onReport: (ssrc: number, time: number) => void;
};

/** What came to the port and was of no use: of no stream that is fetched, too large, or not sealed with its key. */
export type Rubbish = { foreign: number; large: number; spoilt: number };

const receiveBufferBytes = 4_194_304;

/** A port where one bridge sends what is fetched from it, with a key that it sends it with. */
export class RelayEnd {
  readonly id = randomUUID();
  readonly rubbish: Rubbish = { foreign: 0, large: 0, spoilt: 0 };
  receivedBytes = 0;
  readonly #socket: Socket;
  readonly #address: string;
  readonly #key = randomBytes(masterBytes(relaySuite));
  readonly #writer = new SrtpWriter(relaySuite, this.#key);
  readonly #ears: RelayEars;
  #other: OtherEnd | undefined;
  #reader: SrtpReader | undefined;
  #isClosed = false;

  private constructor(socket: Socket, address: string, ears: RelayEars) {
    this.#socket = socket;
    this.#address = address;
    this.#ears = ears;
    socket.on("message", (packet) => this.#hear(packet));
  }

  static async open(place: RelayPlace, ears: RelayEars): Promise<RelayEnd> {
    const address = place.address();
    const { ports } = place;
    const socket = await bindRelayPort({ address, ports, setting: "VECHE_RECORDER_RELAY_PORTS", receiveBufferBytes });
    return new RelayEnd(socket, address, ears);
  }

  describe() {
    const { port } = this.#socket.address();
    return { id: this.id, ip: this.#address, port, srtpSuite: relaySuite, srtpKey: this.#key };
  }

  /** False: this end belongs to another one. */
  meet(other: OtherEnd): boolean {
    if (this.#other && this.#other.id !== other.id) return false;
    this.#other ??= other;
    this.#reader ??= new SrtpReader(relaySuite, other.key);
    return true;
  }

  get otherEnd(): string | undefined {
    return this.#other?.id;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** RTCP. */
  say(packet: Buffer): void {
    if (!this.#other || this.#isClosed) return;
    this.#socket.send(this.#writer.writeRtcp(packet), this.#other.port, this.#other.ip, () => {});
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }

  /** Not by where it comes from: a host with several addresses may send from another one than it says. */
  #hear(packet: Buffer): void {
    const isReport = isRtcp(packet);
    const ssrcAt = isReport ? 4 : 8;
    if (!this.#reader || packet.length < ssrcAt + 4 || !this.#ears.knows(packet.readUInt32BE(ssrcAt))) {
      this.rubbish.foreign += 1;
      return;
    }
    if (packet.length > trackLimits.packetBytes) {
      this.rubbish.large += 1;
      return;
    }
    this.receivedBytes += packet.length;
    if (isReport) {
      const clear = this.#reader.readRtcp(packet);
      if (!clear) this.rubbish.spoilt += 1;
      else for (const { ssrc, time } of senderReports(clear)) this.#ears.onReport(ssrc, time);
      return;
    }
    const clear = this.#reader.readRtp(packet);
    if (clear) this.#ears.onPacket(clear);
    else this.rubbish.spoilt += 1;
  }
}
