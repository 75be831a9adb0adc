import { randomInt } from "node:crypto";
import type { SrtpWriter } from "@veche/kit/rtp/srtp.ts";
import type { Encoder, Samples } from "../codecs/codec.ts";
import { codecRates } from "../codecs/codecs.ts";
import { levelOf } from "../codecs/level.ts";
import type { OpusRate } from "../codecs/opus.ts";
import { SampleQueue } from "../jitter/sample-queue.ts";
import { eventPayloads, KeySender, keyTone, type Pressed } from "../keys/key-sender.ts";
import type { LegMedia } from "../sound.ts";
import { addNoise, comfortNoisePayload, noiseLevel } from "./comfort-noise.ts";
import { Limiter } from "./limiter.ts";
import { comfortNoiseType } from "./phone-ear.ts";
import { RtpStream } from "./rtp-stream.ts";
import { tickMs } from "./ticker.ts";

/** Opus has no frames of 30 ms (RFC 6716 2.1.4); 10 to 60 ms otherwise. */
const opusPacketMs: readonly number[] = [10, 20, 40, 60];
/** Comfort noise is said again after so many ticks: whatever keeps the way open on the way must see something. */
const noiseEveryTicks = 10;

/** What goes to one phone. Its stream outlives each answer: it is made with the first and kept. */
export class PhoneMouth {
  readonly rateHz: OpusRate;
  readonly stream: RtpStream;
  readonly #media: LegMedia;
  readonly #encoder: Encoder;
  readonly #send: (packet: Buffer) => void;
  readonly #writer: SrtpWriter | undefined;
  readonly #clockHz: number;
  readonly #packetSamples: number;
  readonly #waiting = new SampleQueue();
  readonly #limiter = new Limiter();
  readonly #keys: KeySender;
  #ticks: number;
  #keyTicks = 0;
  #isFirst = true;
  #quietTicks = 0;

  constructor(
    media: LegMedia,
    encoder: Encoder,
    writer: SrtpWriter | undefined,
    before: PhoneMouth | undefined,
    send: (packet: Buffer) => void,
  ) {
    this.#media = media;
    this.#encoder = encoder;
    this.#writer = writer;
    this.#send = send;
    const { clockHz, rateHz } = codecRates[media.codec];
    this.#clockHz = clockHz;
    this.rateHz = rateHz;
    const packetMs =
      media.codec === "opus" && !opusPacketMs.includes(media.packetMs) ? tickMs : Math.max(10, media.packetMs);
    this.#packetSamples = (rateHz / 1_000) * packetMs;
    this.#keys = before ? before.#keys : new KeySender();
    this.#ticks = before ? before.#ticks : 0;
    const isSame = before && codecRates[before.#media.codec].clockHz === clockHz;
    this.stream = isSame ? before.stream : new RtpStream(randomInt(1, 0x1_0000_0000), clockHz);
  }

  get isOpen(): boolean {
    return this.#media.direction === "sendrecv" || this.#media.direction === "sendonly";
  }

  press(digits: string): void {
    this.#keys.press(digits);
  }

  hearLoss(share: number): void {
    this.#encoder.hearLoss(share);
  }

  /** 20 ms, or undefined: there is nothing to say. `skipped`: ticks that never were. */
  say(sound: Samples | undefined, skipped: number, timeMs: number): void {
    this.#ticks += 1 + skipped;
    if (!this.isOpen) {
      this.#isFirst = true;
      return;
    }
    const pressed = this.#keys.next();
    if (pressed !== undefined && this.#media.telephoneEvent) this.#sayKey(pressed, timeMs);
    else if (pressed !== undefined && pressed !== "pause") this.#saySound(keyTone(pressed, this.rateHz), timeMs);
    else this.#sayMix(sound ?? new Float32Array(this.rateHz / 50), timeMs);
  }

  close(): void {
    this.#encoder.close();
  }

  #sayMix(sound: Samples, timeMs: number): void {
    const limited = this.#limiter.limit(sound);
    const isQuiet = levelOf(limited) > noiseLevel;
    this.#quietTicks = isQuiet ? this.#quietTicks + 1 : 0;
    if (isQuiet && this.#media.comfortNoise) {
      this.#waiting.clear();
      this.#isFirst = true;
      if (this.#quietTicks % noiseEveryTicks !== 1) return;
      const timestamp = this.#timestamp(0);
      const payload = comfortNoisePayload();
      this.#put({ payloadType: comfortNoiseType, marker: false, timestamp, payload }, timeMs);
      return;
    }
    this.#saySound(isQuiet ? addNoise(limited, this.#ticks) : limited, timeMs);
  }

  #saySound(sound: Samples, timeMs: number): void {
    this.#waiting.put(sound);
    while (this.#waiting.length >= this.#packetSamples) {
      const timestamp = this.#timestamp(this.#waiting.length);
      const payload = this.#encoder.encode(this.#waiting.take(this.#packetSamples));
      const { payloadType } = this.#media;
      this.#put({ payloadType, marker: this.#isFirst, timestamp, payload }, timeMs);
      this.#isFirst = false;
    }
  }

  /** All packets of a press have the time of its beginning (RFC 4733 2.3). */
  #sayKey(pressed: Pressed | "pause", timeMs: number): void {
    this.#waiting.clear();
    this.#isFirst = true;
    if (pressed === "pause" || !this.#media.telephoneEvent) return;
    if (pressed.isFirst) this.#keyTicks = this.#timestamp(0);
    const { payloadType, clockRateHz } = this.#media.telephoneEvent;
    for (const [index, payload] of eventPayloads(pressed, clockRateHz).entries())
      this.#put({ payloadType, marker: pressed.isFirst && index === 0, timestamp: this.#keyTicks, payload }, timeMs);
  }

  /** Of the sample that so many wait behind. */
  #timestamp(waiting: number): number {
    return this.#ticks * (this.#clockHz / 50) - Math.round((waiting * this.#clockHz) / this.rateHz);
  }

  #put(out: Parameters<RtpStream["write"]>[0], timeMs: number): void {
    this.#send(this.stream.write(out, this.#writer, timeMs));
  }
}
