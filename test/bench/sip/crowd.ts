/** Telephones and bridges of a whole gateway: packets made before, sent every 20 ms; what comes is counted. */
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { writeHeader } from "@veche/kit/rtp/packet.ts";
import { SrtpWriter } from "@veche/kit/rtp/srtp.ts";
import { masterBytes, relaySuite } from "@veche/kit/rtp/srtp-keys.ts";
import { codecRates, openEncoder } from "@veche/sip-gateway/sound/codecs/codecs.ts";
import { OpusCodecs } from "@veche/sip-gateway/sound/codecs/opus.ts";
import type { LegCodec, LegMedia } from "@veche/sip-gateway/sound/sound.ts";
import type { Place, Wanted } from "./sound-process.ts";
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
  readonly frames: readonly Buffer[];
  readonly writer: SrtpWriter | undefined;
  readonly level: number;
  at: number;
};

export class Crowd implements Disposable {
  /** Packets that telephones got. */
  heard = 0;
  readonly #sockets: Socket[] = [];
  readonly #sendings: Sending[] = [];
  readonly wanted: Wanted[] = [];
  readonly #bridges: Socket[] = [];
  readonly #phones: Socket[] = [];
  #timer: NodeJS.Timeout | undefined;

  async add(codec: LegCodec, conference: string, voices: number): Promise<void> {
    const [phone, bridge] = [await bound(), await bound()];
    phone.on("message", () => {
      this.heard += 1;
    });
    this.#sockets.push(phone, bridge);
    this.#phones.push(phone);
    this.#bridges.push(bridge);
    const index = this.wanted.length;
    this.wanted.push({
      conference,
      media: mediaOf(codec, phone.address().port),
      bridge: {
        remote: { ip: "127.0.0.1", port: bridge.address().port },
        ssrc: 900_000 + index,
        payloadType: bridgeType,
        audioLevelId: levelId,
      },
      key: randomBytes(masterBytes(relaySuite)).toString("base64"),
      voices: Array.from({ length: voices }, (_, at) => ({ ssrc: 10_000 + index * 100 + at, endpoint: `${at}` })),
    });
  }

  /** `speaks`: of the legs by their place; all voices of bridges speak in turn. */
  async start(
    places: readonly { readonly phone: Place; readonly bridge: Place }[],
    speaks: (index: number) => boolean,
  ) {
    const voice = await encoded("opus", speech);
    const said = new Map<string, readonly Buffer[]>();
    for (const [index, { media, voices, key }] of this.wanted.entries()) {
      const { phone, bridge } = places[index] ?? {};
      const [phoneSocket, bridgeSocket] = [this.#phones[index], this.#bridges[index]];
      if (!phone || !bridge || !phoneSocket || !bridgeSocket) throw new Error("expected a place for each leg");
      const name = `${media.codec} ${speaks(index)}`;
      const frames = said.get(name) ?? (await encoded(media.codec, speaks(index) ? speech : quiet));
      said.set(name, frames);
      const { clockHz } = codecRates[media.codec];
      const common = { at: index * 37, level: 30 };
      const own = {
        socket: phoneSocket,
        to: phone,
        payloadType: media.payloadType,
        ssrc: index + 1,
        stepHz: clockHz / 50,
      };
      this.#sendings.push({ ...own, ...common, frames, writer: undefined });
      const writer = new SrtpWriter(relaySuite, Buffer.from(key, "base64"));
      for (const { ssrc } of voices) {
        const theirs = { socket: bridgeSocket, to: bridge, payloadType: bridgeType, ssrc, stepHz: 960 };
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

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.close();
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
