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
/** What waits is looked at for so long before it is too much; little too much, so many times as long. */
const watchedMs = 500;
const watchedLonger = 6;
/** Longer than wanted by so much, it is too much; by less, that is the unrest of the tick itself. */
const muchMs = 20;
const littleMs = 5;
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
  /** Samples made up because nothing had come, since something last did. */
  #stretched = 0;
  /** In the time that is being watched, and in those before it since the buffer was changed. */
  #leastWaiting = Number.POSITIVE_INFINITY;
  #mostWaiting = 0;
  #watchedTicks = 0;
  #leastBefore: readonly number[] = [];
  /** How much too long sound waits, ms; below 0: too short. */
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
  push(sequence: number, payload: Uint8Array): void {
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
    if (!this.#isPlaying && this.#waiting.size === 0) this.#next = index;
    this.#waiting.set(index, payload);
    this.#highest = Math.max(this.#highest, index);
    if (this.#waiting.size > waitingPackets) this.#skipTo(Math.min(...this.#waiting.keys()) + 1);
  }

  /** 20 ms. Undefined: nobody speaks. `lateMs`: by how much packets come late, as things are. `hasSkipped`: it was not asked for a while. */
  pull(lateMs: number, hasSkipped = false): Samples | undefined {
    const wantedMs = Math.min(mostMs, lateMs + leastMs);
    this.#isMadeUp = false;
    if (!this.#isPlaying && !this.#begin(wantedMs)) return undefined;
    while (this.#ready.length < this.#frame) if (!this.#advance()) break;
    const missing = this.#frame - this.#ready.length;
    if (missing > 0 && !this.#stretch(missing)) return undefined;
    const frame = this.#ready.take(this.#frame);
    if (hasSkipped) this.#catchUp(wantedMs);
    else this.#watch(wantedMs);
    return frame;
  }

  close(): void {
    this.#decoder.close();
  }

  #begin(wantedMs: number): boolean {
    if (this.#waiting.size === 0) return false;
    this.#isPlaying = true;
    this.#stretched = 0;
    this.#surplusMs = 0;
    this.#forgetWatch();
    const silence = Math.max(0, wantedMs - (this.#waiting.size - 1) * this.#packetMs);
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
    this.#putAdapted(samples);
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

  get #packetMs(): number {
    return (this.#packetSamples * 1_000) / this.#decoder.rateHz;
  }

  /** What was never used in a while is too much; and what is less than wanted though nothing is late, too little. */
  #watch(wantedMs: number): void {
    const waitingMs = this.waitingMs;
    this.#leastWaiting = Math.min(this.#leastWaiting, waitingMs);
    this.#mostWaiting = Math.max(this.#mostWaiting, waitingMs);
    this.#watchedTicks += 1;
    if (this.#watchedTicks * 20 < watchedMs && waitingMs <= mostMs) return;
    // Of a packet longer than what is asked for at a time, the rest waits in any case.
    const onTimeMs = this.#mostWaiting - Math.max(0, this.#packetMs - 20);
    this.#leastBefore = [...this.#leastBefore.slice(1 - watchedLonger), this.#leastWaiting];
    this.#surplusMs = waitingMs > mostMs ? waitingMs - wantedMs : this.#surplus(onTimeMs, wantedMs);
    this.#startWatch();
  }

  /** All that came meanwhile has been read: it waits for nothing, but for what has come before its tick. */
  #catchUp(wantedMs: number): void {
    this.#surplusMs = Math.max(0, this.waitingMs - wantedMs - muchMs);
    this.#forgetWatch();
  }

  #surplus(onTimeMs: number, wantedMs: number): number {
    if (onTimeMs < wantedMs) return onTimeMs - wantedMs;
    const much = this.#leastWaiting - wantedMs;
    if (much >= muchMs) return much;
    const isLong = this.#leastBefore.length === watchedLonger;
    const little = Math.min(Math.min(...this.#leastBefore) - leastMs, onTimeMs - wantedMs);
    return isLong && little >= littleMs ? little : 0;
  }

  #forgetWatch(): void {
    this.#leastBefore = [];
    this.#startWatch();
  }

  #startWatch(): void {
    this.#leastWaiting = Number.POSITIVE_INFINITY;
    this.#mostWaiting = 0;
    this.#watchedTicks = 0;
  }

  /** Where it is quiet any part of it may be left out, or be said twice. */
  #putAdapted(samples: Samples): void {
    if (this.#surplusMs === 0) {
      this.#ready.put(samples);
      return;
    }
    const perMs = this.#decoder.rateHz / 1_000;
    const ms = samples.length / perMs;
    this.#heardSince += 1;
    const isQuiet = levelOf(samples) >= quietLevel;
    const mayBeLoud = this.#surplusMs >= tooLateMs && this.#heardSince >= leftOutEvery;
    const changeMs = isQuiet ? Math.max(-ms, Math.min(ms, this.#surplusMs)) : mayBeLoud ? ms : 0;
    const change = Math.round(changeMs * perMs);
    this.#ready.put(change > 0 ? samples.subarray(change) : samples);
    if (change < 0) this.#ready.put(samples.subarray(change));
    if (changeMs === 0) return;
    this.#heardSince = 0;
    this.#surplusMs -= changeMs;
    this.#forgetWatch();
  }
}
