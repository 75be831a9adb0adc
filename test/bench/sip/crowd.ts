/** Telephones and bridges of a whole gateway: packets made before, sent every 20 ms; what comes is counted. */
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { writeHeader } from "@veche/kit/rtp/packet.ts";
import { SrtpWriter } from "@veche/kit/rtp/srtp.ts";
import { masterBytes, relaySuite } from "@veche/kit/rtp/srtp-keys.ts";
import { codecRates, openEncoder } from "@veche/sip-gateway/sound/codecs/codecs.ts";
import { OpusCodecs } from "@veche/sip-gateway/sound/codecs/opus.ts";
import type { LegCodec, LegMedia } from "@veche/sip-gateway/sound/sound.ts";
import type { Place, Places, Wanted, WantedBridge } from "./sound-process.ts";
import { quiet, speech } from "./speech.ts";

export const payloadTypes: Readonly<Record<LegCodec, number>> = { PCMU: 0, PCMA: 8, G722: 9, opus: 107 };
const bridgeType = 111;
const levelId = 6;
const spokenFrames = 250;
const opus = new OpusCodecs();

/** Five seconds of it, over and over. */
async function encoded(codec: LegCodec, sound: (count: number, rateHz: number) => Float32Array) {
  const { rateHz } = codecRates[codec];
  const encoder = await openEncoder(codec, opus);
  const whole = sound(spokenFrames * (rateHz / 50), rateHz);
  return Array.from({ length: spokenFrames }, (_, at) =>
    Buffer.from(encoder.encode(whole.subarray((at * rateHz) / 50, ((at + 1) * rateHz) / 50))),
  );
}

type Sending = {
  readonly socket: Socket;
  readonly to: Place;
  readonly payloadType: number;
  readonly ssrc: number;
  readonly stepHz: number;
  frames: readonly Buffer[];
  readonly writer: SrtpWriter | undefined;
  readonly level: number;
  at: number;
};

export class Crowd implements Disposable {
  /** Packets that telephones got. */
  heard = 0;
  readonly wanted: Wanted[] = [];
  readonly #bridges: Socket[] = [];
  readonly #phones: Socket[] = [];
  /** What telephones send; they and the voices of bridges. */
  readonly #said: Sending[] = [];
  readonly #sendings: Sending[] = [];
  #hear: ((index: number, packet: Buffer) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `voices` undefined: without a bridge. */
  async add(codec: LegCodec, conference: string, voices: number | undefined): Promise<void> {
    const phone = await bound();
    const index = this.wanted.length;
    phone.on("message", (packet) => {
      this.heard += 1;
      this.#hear?.(index, packet);
    });
    this.#phones.push(phone);
    const bridge = voices === undefined ? undefined : await this.#addBridge(index, voices);
    this.wanted.push({ conference, media: mediaOf(codec, phone.address().port), bridge });
  }

  /** `speaks`: of the legs by their place; all voices of bridges speak in turn. */
  async start(places: readonly Places[], speaks: (index: number) => boolean) {
    const voice = await encoded("opus", speech);
    const said = new Map<string, readonly Buffer[]>();
    for (const [index, { media, bridge }] of this.wanted.entries()) {
      const { phone: to, bridge: toBridge } = places[index] ?? {};
      const socket = this.#phones[index];
      if (!to || !socket) throw new Error("expected a place for each leg");
      const name = `${media.codec} ${speaks(index)}`;
      const frames = said.get(name) ?? (await encoded(media.codec, speaks(index) ? speech : quiet));
      said.set(name, frames);
      const { payloadType } = media;
      const stepHz = codecRates[media.codec].clockHz / 50;
      const common = { at: index * 37, level: 30 };
      const own = { ...common, socket, to, payloadType, ssrc: index + 1, stepHz, frames, writer: undefined };
      this.#said.push(own);
      this.#sendings.push(own);
      const bridgeSocket = this.#bridges[index];
      if (!bridge || !bridgeSocket || !toBridge) continue;
      const writer = new SrtpWriter(relaySuite, Buffer.from(bridge.key, "base64"));
      for (const { ssrc } of bridge.voices) {
        const theirs = { socket: bridgeSocket, to: toBridge, payloadType: bridgeType, ssrc, stepHz: 960 };
        this.#sendings.push({ ...theirs, ...common, frames: voice, writer });
      }
    }
    // Not all at once: telephones know nothing of one another.
    const startedAt = performance.now();
    let sent = 0;
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startedAt) / 20) * this.#sendings.length);
      for (; sent < due; sent += 1) this.#send(this.#sendings[sent % this.#sendings.length]);
    }, 2);
  }

  /** What each telephone says from now on, over and over; its stream goes on. */
  say(frames: (index: number) => readonly Buffer[]): void {
    for (const [index, sending] of this.#said.entries()) sending.frames = frames(index);
  }

  /** What each telephone gets meanwhile, packet by packet. */
  async listen(ms: number): Promise<readonly (readonly Buffer[])[]> {
    const heard = this.#phones.map((): Buffer[] => []);
    this.#hear = (index, packet) => heard[index]?.push(packet);
    await pause(ms);
    this.#hear = undefined;
    return heard;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const socket of [...this.#phones, ...this.#bridges]) socket.close();
  }

  async #addBridge(index: number, voices: number): Promise<WantedBridge> {
    const socket = await bound();
    this.#bridges.push(socket);
    const media = {
      remote: { ip: "127.0.0.1", port: socket.address().port },
      ssrc: 900_000 + index,
      payloadType: bridgeType,
      audioLevelId: levelId,
    };
    const key = randomBytes(masterBytes(relaySuite)).toString("base64");
    const ssrcs = Array.from({ length: voices }, (_, at) => ({ ssrc: 10_000 + index * 100 + at, endpoint: `${at}` }));
    return { media, key, voices: ssrcs };
  }

  #send(sending: Sending | undefined): void {
    if (!sending) return;
    sending.at += 1;
    const { at, payloadType, ssrc, stepHz, frames, writer, level } = sending;
    const payload = frames[at % frames.length] ?? Buffer.alloc(0);
    const base = { payloadType, marker: false, sequence: at & 0xffff, timestamp: (at * stepHz) >>> 0, ssrc };
    const header = writeHeader(base, writer ? { id: levelId, level, isVoice: true } : undefined);
    const packet = writer ? writer.writeRtp(header, payload) : Buffer.concat([header, payload]);
    sending.socket.send(packet, sending.to.port, sending.to.ip);
  }
}

export function mediaOf(codec: LegCodec, port: number): LegMedia {
  return {
    remote: { ip: "127.0.0.1", port },
    codec,
    payloadType: payloadTypes[codec],
    telephoneEvent: { payloadType: 101, clockRateHz: codecRates[codec].clockHz },
    packetMs: 20,
    direction: "sendrecv",
    comfortNoise: false,
    rtcpMux: true,
    srtp: undefined,
  };
}

export async function bound(): Promise<Socket> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}
