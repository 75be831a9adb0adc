import { type RtpPacket, readAudioLevel } from "@veche/kit/rtp/packet.ts";
import type { Report } from "@veche/kit/rtp/rtcp.ts";
import type { Samples } from "../codecs/codec.ts";
import { type OpusCodecs, type OpusRate, opusClockHz } from "../codecs/opus.ts";
import { Arrivals } from "../jitter/arrivals.ts";
import { Playout } from "../jitter/playout.ts";
import type { Voice } from "../sound.ts";
import { Speakers } from "./speakers.ts";

type Heard = { readonly arrivals: Arrivals; playout: Playout | undefined; isOpening: boolean };

/** What a conference hears from the bridge: by one of its legs, and each voice decoded once. */
export class Voices {
  readonly #opus: OpusCodecs;
  readonly #speakers: Speakers;
  readonly #heard = new Map<number, Heard>();
  #known: ReadonlyMap<number, string> = new Map();
  #own: ReadonlySet<string> = new Set();
  #rateHz: OpusRate = 8_000;

  constructor(opus: OpusCodecs, maxSpeakers: number) {
    this.#opus = opus;
    this.#speakers = new Speakers(maxSpeakers);
  }

  /** `own`: endpoints of legs, which hear one another without the bridge. */
  set(voices: readonly Voice[], own: ReadonlySet<string>): void {
    this.#known = new Map(voices.map(({ ssrc, endpoint }) => [ssrc, endpoint]));
    this.#own = own;
    for (const ssrc of [...this.#heard.keys()]) if (!this.#isForUs(ssrc)) this.#release(ssrc);
    this.#speakers.keep((ssrc) => this.#isForUs(ssrc));
  }

  /** What is heard is decoded anew. */
  setRate(rateHz: OpusRate): void {
    if (rateHz === this.#rateHz) return;
    this.#rateHz = rateHz;
    for (const heard of this.#heard.values()) {
      heard.playout?.close();
      heard.playout = undefined;
    }
  }

  wants(ssrc: number, packet: Buffer, audioLevelId: number, now: number): boolean {
    if (!this.#isForUs(ssrc)) return false;
    const level = audioLevelId > 0 ? readAudioLevel(packet, audioLevelId) : undefined;
    const { isHeard, instead } = this.#speakers.hear(ssrc, level, now);
    if (instead !== undefined) this.#release(instead);
    return isHeard;
  }

  /** `isLate`: it may have come long ago. */
  take(packet: RtpPacket, now: number, isLate: boolean): void {
    const heard = this.#heard.get(packet.ssrc) ?? this.#begin(packet.ssrc);
    heard.arrivals.hear(packet.sequence, packet.timestamp, isLate ? undefined : now);
    if (heard.playout) heard.playout.push(packet.sequence, packet.payload);
    else this.#open(heard);
  }

  hearSenderReport(ssrc: number, time: number, now: number): void {
    this.#heard.get(ssrc)?.arrivals.hearSenderReport(time, now);
  }

  /** Adds 20 ms of all of them to the sum. */
  addTo(sum: Samples, skipped: number): void {
    for (const { playout, arrivals } of this.#heard.values()) {
      const sound = playout?.pull(arrivals.lateMs, skipped > 0);
      if (sound) for (let at = 0; at < sum.length; at += 1) sum[at] = (sum[at] ?? 0) + (sound[at] ?? 0);
    }
  }

  reports(now: number): Report[] {
    return [...this.#heard.values()].flatMap(({ arrivals }) => arrivals.report(now) ?? []);
  }

  /** Another leg listens: its streams are others. */
  clear(): void {
    for (const ssrc of [...this.#heard.keys()]) this.#release(ssrc);
    this.#speakers.clear();
    this.#known = new Map();
  }

  #isForUs(ssrc: number): boolean {
    const endpoint = this.#known.get(ssrc);
    return endpoint !== undefined && !this.#own.has(endpoint);
  }

  #begin(ssrc: number): Heard {
    const heard = { arrivals: new Arrivals(ssrc, opusClockHz), playout: undefined, isOpening: false };
    this.#heard.set(ssrc, heard);
    return heard;
  }

  #open(heard: Heard): void {
    if (heard.isOpening) return;
    heard.isOpening = true;
    const rateHz = this.#rateHz;
    this.#opus.decoder(rateHz).then(
      (decoder) => {
        heard.isOpening = false;
        const isWanted = this.#rateHz === rateHz && this.#heard.get(heard.arrivals.ssrc) === heard;
        if (isWanted) heard.playout = new Playout(decoder, { lost: 0, concealed: 0, late: 0, spoilt: 0 });
        else decoder.close();
      },
      () => {
        // There is no memory for it just now: its next packet asks again.
        heard.isOpening = false;
      },
    );
  }

  #release(ssrc: number): void {
    this.#heard.get(ssrc)?.playout?.close();
    this.#heard.delete(ssrc);
  }
}
