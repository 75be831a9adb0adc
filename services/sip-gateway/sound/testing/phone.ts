/** A telephone: says a tone and keeps what it hears. */
import { randomBytes, randomInt } from "node:crypto";
import { masterBytes, type SrtpSuite } from "@veche/kit/rtp/srtp-keys.ts";
import type { Decoder, Encoder, Samples } from "../codecs/codec.ts";
import { codecRates, openDecoder, openEncoder } from "../codecs/codecs.ts";
import { OpusCodecs } from "../codecs/opus.ts";
import { SampleQueue } from "../jitter/sample-queue.ts";
import { eventPayloads } from "../keys/key-sender.ts";
import type { Leg, LegCodec, LegMedia } from "../sound.ts";
import { Ticker } from "../thread/ticker.ts";
import { RtpPeer } from "./rtp-peer.ts";
import { lastOf, tonePower } from "./tones.ts";

const payloadTypes: Readonly<Record<LegCodec, number>> = { PCMU: 0, PCMA: 8, G722: 9, opus: 107 };
export const eventType = 101;
const opus = new OpusCodecs();
/** What is looked at when a tone is looked for. */
const windowMs = 500;

export type PhoneOptions = {
  readonly codec?: LegCodec;
  readonly packetMs?: number;
  readonly suite?: SrtpSuite;
  /** Sound, as many samples as are asked for. Left out: it says nothing. */
  readonly says?: (count: number) => Samples;
  readonly media?: Partial<LegMedia>;
};

export type Departure = { readonly sequence: number; readonly send: () => void };

export class Phone implements Disposable {
  readonly peer: RtpPeer;
  readonly rateHz: number;
  /** What becomes of each packet; by itself it is sent. */
  depart: (departure: Departure) => void = ({ send }) => send();
  ssrc = randomInt(1, 0x1_0000_0000);
  sequence = randomInt(0x8000);
  timestamp = randomInt(0x4000_0000);
  readonly media: LegMedia;
  readonly #options: Required<Pick<PhoneOptions, "codec" | "packetMs">> & PhoneOptions;
  readonly #encoder: Encoder;
  readonly #decoder: Decoder;
  readonly #waiting = new SampleQueue();
  readonly #ticker: Ticker;
  #heard: Samples = new Float32Array(0);
  #target: Leg["local"] | undefined;

  private constructor(peer: RtpPeer, encoder: Encoder, decoder: Decoder, options: Phone["media"], given: PhoneOptions) {
    this.peer = peer;
    this.media = options;
    this.#options = { codec: "PCMA", packetMs: 20, ...given };
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.rateHz = encoder.rateHz;
    peer.onPacket = ({ payloadType, payload }) => {
      if (payloadType === this.media.payloadType) this.#hear(this.#decoder.decode(payload));
    };
    this.#ticker = new Ticker({ now: () => performance.now(), tick: () => this.#tick() });
  }

  /** Rings up: the leg is told where it is. */
  static async call(leg: Leg, options: PhoneOptions = {}): Promise<Phone> {
    const { codec = "PCMA", packetMs = 20, suite } = options;
    const [own, theirs] = suite ? [randomBytes(masterBytes(suite)), randomBytes(masterBytes(suite))] : [];
    const peer = await RtpPeer.open(suite && own && theirs ? { suite, own, theirs } : undefined);
    const media: LegMedia = {
      remote: peer.place,
      codec,
      payloadType: payloadTypes[codec],
      telephoneEvent: { payloadType: eventType, clockRateHz: codecRates[codec].clockHz },
      packetMs,
      direction: "sendrecv",
      comfortNoise: false,
      rtcpMux: true,
      srtp: suite && own && theirs ? { local: { suite, key: theirs }, remote: { suite, key: own } } : undefined,
      ...options.media,
    };
    const [encoder, decoder] = await Promise.all([openEncoder(codec, opus), openDecoder(codec, opus)]);
    const phone = new Phone(peer, encoder, decoder, media, options);
    phone.target = leg.local;
    leg.setMedia(media);
    return phone;
  }

  get target(): Leg["local"] {
    return this.#target ?? this.peer.place;
  }

  set target(target: Leg["local"]) {
    this.#target = target;
  }

  /** All that was heard. */
  get heard(): Samples {
    return this.#heard;
  }

  forget(): void {
    this.#heard = new Float32Array(0);
  }

  /** In dB; of the last half second. Undefined: less was heard. */
  toneHeard(hz: number): number | undefined {
    const last = lastOf(this.#heard, windowMs, this.rateHz);
    return last.length < (this.rateHz * windowMs) / 1_000 ? undefined : tonePower(last, hz, this.rateHz);
  }

  /** As a phone does: a packet each 20 ms, the last thrice. `lost`: which of them never arrive. */
  press(digit: string, lost: (index: number) => boolean = () => false): void {
    let index = 0;
    for (let ticks = 1; ticks <= 6; ticks += 1)
      for (const payload of eventPayloads(
        { digit, isFirst: ticks === 1, ticks },
        codecRates[this.#options.codec].clockHz,
      )) {
        this.sequence = (this.sequence + 1) & 0xffff;
        const { sequence, ssrc, timestamp } = this;
        if (!lost(index))
          this.peer.send(
            this.target,
            { payloadType: eventType, marker: ticks === 1, sequence, timestamp, ssrc },
            payload,
          );
        index += 1;
      }
    this.timestamp = (this.timestamp + codecRates[this.#options.codec].clockHz / 5) >>> 0;
  }

  [Symbol.dispose](): void {
    this.#ticker.close();
    this.peer[Symbol.dispose]();
    this.#encoder.close();
    this.#decoder.close();
  }

  #tick(): void {
    const { says, packetMs, codec } = this.#options;
    if (!says) return;
    this.#waiting.put(says(this.rateHz / 50));
    const count = (this.rateHz * packetMs) / 1_000;
    while (this.#waiting.length >= count) {
      const payload = this.#encoder.encode(this.#waiting.take(count)).slice();
      this.sequence = (this.sequence + 1) & 0xffff;
      this.timestamp = (this.timestamp + (codecRates[codec].clockHz * packetMs) / 1_000) >>> 0;
      const { sequence, timestamp, ssrc } = this;
      const header = { payloadType: this.media.payloadType, marker: false, sequence, timestamp, ssrc };
      this.depart({ sequence, send: () => this.peer.send(this.target, header, payload) });
    }
  }

  #hear(samples: Samples): void {
    const kept = lastOf(this.#heard, 20_000, this.rateHz);
    const all = new Float32Array(kept.length + samples.length);
    all.set(kept);
    all.set(samples, kept.length);
    this.#heard = all;
  }
}
