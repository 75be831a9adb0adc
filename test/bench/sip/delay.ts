/** Mouth to ear: a burst goes in by one side and comes out by another, beside the load. */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:dgram";
import { headerBytes, isRtcp, readPacket, writeHeader } from "@veche/kit/rtp/packet.ts";
import { SrtpWriter } from "@veche/kit/rtp/srtp.ts";
import { masterBytes, relaySuite } from "@veche/kit/rtp/srtp-keys.ts";
import type { Samples } from "@veche/sip-gateway/sound/codecs/codec.ts";
import { aLaw } from "@veche/sip-gateway/sound/codecs/g711.ts";
import { OpusCodecs } from "@veche/sip-gateway/sound/codecs/opus.ts";
import { tonePower } from "@veche/sip-gateway/sound/testing/tones.ts";
import { type Distribution, distribution } from "../figures.ts";
import { bound, mediaOf } from "./crowd.ts";
import type { Place, Places, Wanted } from "./sound-process.ts";

const toneHz = 1_000;
/** Every so many packets of 20 ms one is loud; not a whole second, so that it falls elsewhere each time. */
const burstEvery = 27;
const loud = 0.05;
const voiceSsrc = 77;

export type Delays = {
  readonly addedDelayMs: Distribution;
  readonly addedDelayFromBridgeMs: Distribution;
  readonly echoDb: number;
};

const sine = (count: number, rateHz: number, amplitude: number): Samples =>
  Float32Array.from({ length: count }, (_, at) => amplitude * Math.sin((2 * Math.PI * toneHz * at) / rateHz));

export class DelayProbe implements Disposable {
  readonly wanted: Wanted[] = [];
  readonly #phones: Socket[] = [];
  readonly #bridges: Socket[] = [];
  readonly #keys = [0, 1, 2].map(() => randomBytes(masterBytes(relaySuite)));
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #samples = { phone: [] as number[], bridge: [] as number[] };
  readonly #own: number[] = [];
  #sentAt = { phone: 0, bridge: 0 };

  /** Legs 0 and 1: two telephones of one conference; leg 2: one that hears a voice of the bridge. */
  async open(): Promise<void> {
    for (let index = 0; index < 3; index += 1) {
      const [phone, bridge] = [await bound(), await bound()];
      this.#phones.push(phone);
      this.#bridges.push(bridge);
      this.wanted.push({
        conference: index < 2 ? "delay" : "delay-bridge",
        media: mediaOf("PCMA", phone.address().port),
        bridge: {
          media: {
            remote: { ip: "127.0.0.1", port: bridge.address().port },
            ssrc: 990_000 + index,
            payloadType: 111,
            audioLevelId: 6,
          },
          key: (this.#keys[index] ?? Buffer.alloc(0)).toString("base64"),
          voices: index < 2 ? [] : [{ ssrc: voiceSsrc, endpoint: "voice" }],
        },
      });
    }
  }

  async start(places: readonly Places[]): Promise<void> {
    const [first, second, third] = places;
    if (!first || !second || !third?.bridge) throw new Error("expected three legs");
    this.#listen(this.#phones[1], "phone");
    this.#listen(this.#phones[2], "bridge");
    this.#phones[0]?.on("message", (packet) => this.#own.push(...soundOf(packet)));
    const silent = aLaw.encode(new Float32Array(160));
    const tone = aLaw.encode(sine(160, 8_000, 0.5));
    this.#every((at) => {
      const isLoud = at % burstEvery === 0;
      this.#sendPhone(0, first.phone, at, isLoud ? tone : silent);
      if (isLoud) this.#sentAt.phone = performance.now();
    });
    this.#every((at) => this.#sendPhone(1, second.phone, at, silent));
    this.#every((at) => this.#sendPhone(2, third.phone, at, silent));
    await this.#startVoice(third.bridge);
  }

  figures(): Delays {
    const heard = Float32Array.from(this.#own.slice(8_000));
    // The tone that it says itself, as loud as it says it on the whole.
    const said = 20 * Math.log10(0.5 / burstEvery);
    return {
      addedDelayMs: distribution(this.#samples.phone),
      addedDelayFromBridgeMs: distribution(this.#samples.bridge),
      echoDb: Math.round((tonePower(heard, toneHz, 8_000) - said) * 10) / 10,
    };
  }

  /** What was measured until now is forgotten: all was being opened. */
  settle(): void {
    this.#samples.phone.length = 0;
    this.#samples.bridge.length = 0;
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of [...this.#phones, ...this.#bridges]) socket.close();
  }

  async #startVoice(to: Place): Promise<void> {
    const encoder = await new OpusCodecs().encoder(48_000);
    const writer = new SrtpWriter(relaySuite, this.#keys[2] ?? Buffer.alloc(0));
    this.#every((at) => {
      const isLoud = at % burstEvery === 0;
      const payload = encoder.encode(isLoud ? sine(960, 48_000, 0.5) : new Float32Array(960));
      const header = { payloadType: 111, marker: false, sequence: at & 0xffff, timestamp: at * 960, ssrc: voiceSsrc };
      const packet = writer.writeRtp(writeHeader(header, { id: 6, level: 20, isVoice: true }), Buffer.from(payload));
      this.#bridges[2]?.send(packet, to.port, to.ip);
      if (isLoud) this.#sentAt.bridge = performance.now();
    });
  }

  /** Each with a phase of its own, by a clock that doesn't drift. */
  #every(send: (at: number) => void): void {
    const startedAt = performance.now() + Math.random() * 20;
    let at = 0;
    this.#timers.push(
      setInterval(() => {
        for (; startedAt + at * 20 <= performance.now(); at += 1) send(at);
      }, 1),
    );
  }

  #sendPhone(index: number, to: Place, at: number, payload: Uint8Array): void {
    const header = { payloadType: 8, marker: false, sequence: at & 0xffff, timestamp: at * 160, ssrc: index + 1 };
    this.#phones[index]?.send(Buffer.concat([writeHeader(header), payload]), to.port, to.ip);
  }

  /** When a burst begins to be heard, less when it would have been without anything between: with its packet's arrival. */
  #listen(socket: Socket | undefined, from: "phone" | "bridge"): void {
    socket?.on("message", (packet) => {
      const onset = soundOf(packet).findIndex((value) => Math.abs(value) > loud);
      const sentAt = this.#sentAt[from];
      if (onset < 0 || sentAt === 0) return;
      this.#sentAt = { ...this.#sentAt, [from]: 0 };
      this.#samples[from].push(performance.now() + onset / 8 - sentAt);
    });
  }
}

function soundOf(packet: Buffer): Samples {
  const start = headerBytes(packet);
  const clear = isRtcp(packet) || start < 0 ? undefined : readPacket(packet.subarray(0, start), packet.subarray(start));
  return clear?.payloadType === 8 ? aLaw.decode(clear.payload) : new Float32Array(0);
}
