import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isRtcp, readAudioLevel, writeHeader } from "@veche/kit/rtp/packet.ts";
import { receiverReport } from "@veche/kit/rtp/rtcp.ts";
import { SrtpReader, SrtpWriter } from "@veche/kit/rtp/srtp.ts";
import type { CreateEndpointResponse } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { srtpSuite } from "../domain/plain-address.ts";

const packetMs = 20;
const samplesPerPacket = 960;

/** What was heard of one SSRC. */
type Voice = { packets: number; level: number | undefined; text: string };

/** A gateway's end of one call: sends a voice that is no Opus but has its headers, and hears the others'. */
export class GatewayLeg implements AsyncDisposable {
  /** By SSRC. */
  readonly heard = new Map<number, Voice>();
  reports = 0;
  readonly #socket: Socket;
  readonly #key = randomBytes(44);
  readonly #writer = new SrtpWriter(srtpSuite, this.#key);
  #reader: SrtpReader | undefined;
  #port = 0;
  #payloadType = 0;
  #audioLevelId = 0;
  #timer: NodeJS.Timeout | undefined;
  #sequence = 0;
  /** As it was sent last. */
  last: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (packet) => this.#hear(packet));
  }

  static async open(): Promise<GatewayLeg> {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new GatewayLeg(socket);
  }

  /** What it says in connect-endpoint. */
  address() {
    return { ip: "127.0.0.1", port: this.#socket.address().port, srtpSuite, srtpKey: this.#key };
  }

  meet({ descriptions, transport }: CreateEndpointResponse): void {
    const plain = transport?.plain;
    if (!plain) throw new Error("the bridge offered no plain transport");
    const [sound] = descriptions;
    this.#payloadType = sound?.payloadTypes.find(({ name }) => name === "opus")?.id ?? 0;
    this.#audioLevelId = sound?.headerExtensions.find(({ uri }) => uri.endsWith("ssrc-audio-level"))?.id ?? 0;
    this.#port = plain.port;
    this.#reader = new SrtpReader(srtpSuite, plain.srtpKey);
  }

  /** `levels`: 0, as loud as can be, to 127; packet by packet, over and over. A steady one is noise, and no speech. */
  speak(ssrc: number, text: string, levels: readonly number[] = [20]): void {
    this.silence();
    let packets = 0;
    this.#timer = setInterval(() => {
      this.#send(ssrc, text, levels[packets % levels.length] ?? 127);
      packets += 1;
    }, packetMs);
  }

  silence(): void {
    clearInterval(this.#timer);
  }

  report(): void {
    this.sendSealedRtcp(receiverReport([], 1));
  }

  sendRaw(packet: Buffer): void {
    this.sendTo(this.#port, packet);
  }

  sendTo(port: number, packet: Buffer): void {
    this.#socket.send(packet, port, "127.0.0.1");
  }

  /** With the right key. */
  sendSealed(header: Parameters<typeof writeHeader>[0], payload: Buffer): void {
    this.sendRaw(this.#writer.writeRtp(writeHeader(header), payload));
  }

  /** `packet`: a compound, from its first header on. */
  sendSealedRtcp(packet: Buffer): void {
    this.sendRaw(this.#writer.writeRtcp(packet));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.silence();
    this.#socket.close();
  }

  #send(ssrc: number, text: string, level: number): void {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const timestamp = this.#sequence * samplesPerPacket;
    const header = writeHeader(
      { payloadType: this.#payloadType, marker: false, sequence: this.#sequence, timestamp, ssrc },
      { id: this.#audioLevelId, level, isVoice: true },
    );
    this.last = this.#writer.writeRtp(header, Buffer.from(text));
    this.sendRaw(this.last);
  }

  #hear(packet: Buffer): void {
    if (isRtcp(packet)) {
      if (this.#reader?.readRtcp(packet)) this.reports += 1;
      return;
    }
    const level = readAudioLevel(packet, this.#audioLevelId);
    const rtp = this.#reader?.readRtp(packet);
    if (!rtp) return;
    const voice = this.heard.get(rtp.ssrc) ?? { packets: 0, level, text: "" };
    this.heard.set(rtp.ssrc, { packets: voice.packets + 1, level, text: rtp.payload.toString() });
  }
}
