import { extendSequence } from "@veche/kit/rtp/srtp.ts";
import type { Decoder, Samples } from "../codecs/codec.ts";
import { levelOf } from "../codecs/level.ts";
import { soundLimits } from "../limits.ts";
import { SampleQueue } from "./sample-queue.ts";

const { leastWaitMs: leastMs, mostWaitMs: mostMs, waitingPackets } = soundLimits;
/** Without a packet for so long nobody speaks: the next one begins anew. */
const idleMs = 100;
/** How much is missing at a time that is made up for; of more, nothing would be heard. */
const longestGap = 10;
/** A sender that jumps further has begun anew. */
const jump = 1_000;
/** What is less loud may be left out to catch up, in dBov. */
const quietLevel = 50;
/** What waits is looked at for so long before it is too much. */
const watchedMs = 500;
/** Being late by so much, every third packet is left out even while somebody speaks. */
const tooLateMs = 40;
const leftOutEvery = 3;

export type PlayoutCounts = { lost: number; concealed: number; late: number; spoilt: number };

/**
 * The adaptive jitter buffer of one stream: puts its packets in order, waits as long as they come irregularly, makes up for
 * those that never come, and is asked for sound every 20 ms.
 */
export class Playout {
  readonly counts: PlayoutCounts;
  readonly #decoder: Decoder;
  readonly #frame: number;
  readonly #waiting = new Map<number, Uint8Array>();
  readonly #ready = new SampleQueue();
  #next: number | undefined;
  #highest = 0;
  #packetSamples: number;
  #isPlaying = false;
  #firstAt = 0;
  /** Samples made up because nothing had come, since something last did. */
  #stretched = 0;
  #leastWaiting = Number.POSITIVE_INFINITY;
  #watchedTicks = 0;
  #surplusMs = 0;
  #isMadeUp = false;
  /** Packets played since one was left out. */
  #heardSince = 0;

  constructor(decoder: Decoder, counts: PlayoutCounts) {
    this.#decoder = decoder;
    this.#frame = decoder.rateHz / 50;
    this.#packetSamples = this.#frame;
    this.counts = counts;
  }

  /** Something of what was last asked for had not come. */
  get isMadeUp(): boolean {
    return this.#isMadeUp;
  }

  /** How long sound waits here. */
  get waitingMs(): number {
    const samples = this.#ready.length + this.#waiting.size * this.#packetSamples;
    return (samples * 1_000) / this.#decoder.rateHz;
  }

  /** An empty payload: a packet with something else than sound. */
  push(sequence: number, payload: Uint8Array, at: number): void {
    const index = extendSequence(sequence, this.#next === undefined ? undefined : this.#highest);
    if (this.#next === undefined || Math.abs(index - this.#highest) > jump) {
      this.#waiting.clear();
      this.#next = index;
      this.#highest = index;
    }
    if (index < (this.#next ?? index) || this.#waiting.has(index)) {
      this.counts.late += 1;
      return;
    }
    if (!this.#isPlaying && this.#waiting.size === 0) {
      this.#firstAt = at;
      this.#next = index;
    }
    this.#waiting.set(index, payload);
    this.#highest = Math.max(this.#highest, index);
    if (this.#waiting.size > waitingPackets) this.#skipTo(Math.min(...this.#waiting.keys()) + 1);
  }

  /** 20 ms. Undefined: nobody speaks. `lateMs`: by how much packets come late, as things are. */
  pull(now: number, lateMs: number): Samples | undefined {
    const wantedMs = Math.max(leastMs, Math.min(mostMs, lateMs + leastMs / 2));
    this.#isMadeUp = false;
    if (!this.#isPlaying && !this.#begin(now, wantedMs)) return undefined;
    while (this.#ready.length < this.#frame) if (!this.#advance()) break;
    const missing = this.#frame - this.#ready.length;
    if (missing > 0 && !this.#stretch(missing)) return undefined;
    const frame = this.#ready.take(this.#frame);
    this.#watch(wantedMs);
    return frame;
  }

  close(): void {
    this.#decoder.close();
  }

  #begin(now: number, wantedMs: number): boolean {
    if (this.#waiting.size === 0) return false;
    this.#isPlaying = true;
    this.#stretched = 0;
    this.#forgetWatch();
    const silence = Math.max(0, wantedMs - (now - this.#firstAt));
    this.#ready.put(new Float32Array(Math.round((silence * this.#decoder.rateHz) / 1_000)));
    return true;
  }

  /** One packet further. False: there is none. */
  #advance(): boolean {
    const next = this.#next ?? 0;
    const payload = this.#waiting.get(next);
    if (payload) {
      this.#waiting.delete(next);
      this.#next = next + 1;
      if (payload.length > 0) this.#play(payload);
      return true;
    }
    if (this.#waiting.size === 0) return false;
    const later = Math.min(...this.#waiting.keys());
    if (later - next > longestGap) {
      this.counts.lost += later - next;
      this.#skipTo(later);
      return true;
    }
    this.counts.lost += 1;
    this.#next = next + 1;
    // What was made up while it was waited for stands for it.
    if (this.#stretched >= this.#packetSamples) this.#stretched -= this.#packetSamples;
    else this.#conceal(this.#packetSamples, this.#waiting.get(next + 1));
    return true;
  }

  #play(payload: Uint8Array): void {
    let samples: Samples;
    try {
      samples = this.#decoder.decode(payload);
    } catch {
      this.counts.spoilt += 1;
      this.#conceal(this.#packetSamples);
      return;
    }
    this.#stretched = 0;
    this.#packetSamples = samples.length;
    if (!this.#leavesOut(samples)) this.#ready.put(samples);
  }

  #conceal(samples: number, next?: Uint8Array): void {
    this.#isMadeUp = true;
    this.counts.concealed += samples / this.#frame;
    const isWhole = next !== undefined && next.length > 0;
    try {
      this.#ready.put(this.#decoder.conceal(samples, isWhole ? next : undefined));
    } catch {
      this.#ready.put(new Float32Array(samples));
    }
  }

  /** Nothing has come: false where that has been so for too long. */
  #stretch(missing: number): boolean {
    if (((this.#stretched + missing) * 1_000) / this.#decoder.rateHz > idleMs) {
      this.#isPlaying = false;
      this.#ready.clear();
      return false;
    }
    this.#stretched += missing;
    this.#conceal(missing);
    return true;
  }

  #skipTo(index: number): void {
    for (const one of this.#waiting.keys()) if (one < index) this.#waiting.delete(one);
    this.#next = Math.max(index, this.#next ?? index);
  }

  /** What was never used in a while is too much. */
  #watch(wantedMs: number): void {
    const waitingMs = this.waitingMs;
    this.#leastWaiting = Math.min(this.#leastWaiting, waitingMs);
    this.#watchedTicks += 1;
    if (this.#watchedTicks * 20 < watchedMs && waitingMs <= mostMs) return;
    const surplus = (waitingMs > mostMs ? waitingMs : this.#leastWaiting) - wantedMs;
    // Less than a frame is the unrest of the tick itself.
    this.#surplusMs = surplus >= 20 ? surplus : 0;
    this.#forgetWatch();
  }

  #forgetWatch(): void {
    this.#leastWaiting = Number.POSITIVE_INFINITY;
    this.#watchedTicks = 0;
  }

  #leavesOut(samples: Samples): boolean {
    const ms = (samples.length * 1_000) / this.#decoder.rateHz;
    if (this.#surplusMs < ms) return false;
    this.#heardSince += 1;
    const mayBeLoud = this.#surplusMs >= tooLateMs && this.#heardSince >= leftOutEvery;
    if (!mayBeLoud && levelOf(samples) < quietLevel) return false;
    this.#heardSince = 0;
    this.#surplusMs -= ms;
    return true;
  }
}
