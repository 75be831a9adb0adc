import type { RtpPacket } from "@veche/kit/rtp/packet.ts";
import type { Report } from "@veche/kit/rtp/rtcp.ts";
import type { Samples } from "../codecs/codec.ts";
import type { OpusCodecs, OpusRate } from "../codecs/opus.ts";
import type { ThreadLeg } from "./thread-leg.ts";
import { Voices } from "./voices.ts";

/** The bridge of the leg that listens being silent for so long, another leg that hears its own listens instead. */
const deafMs = 1_000;

/** The legs of one conference: each hears the others and what comes over the bridge. */
export class Conference {
  readonly id: string;
  readonly #legs = new Set<ThreadLeg>();
  readonly #voices: Voices;
  #listener: ThreadLeg | undefined;

  constructor(id: string, opus: OpusCodecs, maxSpeakers: number) {
    this.id = id;
    this.#voices = new Voices(opus, maxSpeakers);
  }

  get legs(): ReadonlySet<ThreadLeg> {
    return this.#legs;
  }

  add(leg: ThreadLeg): void {
    this.#legs.add(leg);
    this.update();
  }

  remove(leg: ThreadLeg): void {
    this.#legs.delete(leg);
    if (this.#listener === leg) this.#listenBy(undefined);
    this.update();
    if (this.#legs.size === 0) this.#voices.clear();
  }

  /** Endpoints, voices or bridges of its legs are others. */
  update(): void {
    const own = new Set([...this.#legs].map(({ endpoint }) => endpoint));
    this.#voices.set(this.#listener?.voices ?? [], own);
  }

  wants(leg: ThreadLeg, ssrc: number, packet: Buffer, audioLevelId: number): boolean {
    return leg === this.#listener && this.#voices.wants(ssrc, packet, audioLevelId, performance.now());
  }

  take(packet: RtpPacket, isLate: boolean): void {
    this.#voices.take(packet, performance.now(), isLate);
  }

  hearSenderReport(leg: ThreadLeg, ssrc: number, time: number): void {
    if (leg === this.#listener) this.#voices.hearSenderReport(ssrc, time, performance.now());
  }

  reports(leg: ThreadLeg, now: number): readonly Report[] {
    return leg === this.#listener ? this.#voices.reports(now) : [];
  }

  /** At the highest rate of its legs: one decoding of each voice then does for all of them, and nearly always for each as it is. */
  tick(skipped: number, now: number): void {
    const rateHz = this.#rateHz();
    this.#voices.setRate(rateHz);
    this.#chooseListener(now);
    const sum = new Float32Array(rateHz / 50);
    const spoken = [...this.#legs].map((leg) => ({ leg, voice: this.#pull(leg, rateHz, skipped) }));
    for (const { voice } of spoken) if (voice) add(sum, voice);
    this.#voices.addTo(sum, skipped);
    for (const { leg, voice } of spoken)
      leg.guard(() => leg.hear(voice ? without(sum, voice) : sum.slice(), rateHz, skipped, now));
  }

  #pull(leg: ThreadLeg, rateHz: OpusRate, skipped: number): Samples | undefined {
    let voice: Samples | undefined;
    leg.guard(() => {
      voice = leg.pull(rateHz, skipped);
    });
    return voice;
  }

  #rateHz(): OpusRate {
    const rates = new Set([...this.#legs].map((leg) => leg.rateHz));
    return rates.has(48_000) ? 48_000 : rates.has(16_000) ? 16_000 : 8_000;
  }

  #chooseListener(now: number): void {
    const isGood = (leg: ThreadLeg): boolean =>
      leg.bridge?.isOpen === true && leg.voices.length > 0 && now - leg.bridge.heardAt < deafMs;
    const listener = this.#listener;
    if (listener && this.#legs.has(listener) && isGood(listener)) return;
    const better = [...this.#legs].find(isGood);
    const isLost = listener !== undefined && listener.bridge?.isOpen !== true;
    if (better && better !== listener) this.#listenBy(better);
    else if (isLost) this.#listenBy(undefined);
  }

  #listenBy(leg: ThreadLeg | undefined): void {
    this.#listener = leg;
    this.#voices.clear();
    this.update();
  }
}

function add(sum: Samples, voice: Samples): void {
  for (let at = 0; at < sum.length; at += 1) sum[at] = (sum[at] ?? 0) + (voice[at] ?? 0);
}

function without(sum: Samples, voice: Samples): Samples {
  const rest = new Float32Array(sum.length);
  for (let at = 0; at < sum.length; at += 1) rest[at] = (sum[at] ?? 0) - (voice[at] ?? 0);
  return rest;
}
