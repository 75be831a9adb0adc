import type { Report } from "@veche/kit/rtp/rtcp.ts";
import { extendSequence } from "@veche/kit/rtp/srtp.ts";

/** Two halves of the time in which the fastest packet is looked for, ms: clocks that differ move it. */
const halfMs = 5_000;
/** How late packets are, is counted in steps of so many ms, over about so many packets; one in thirty may be later. */
const stepMs = 2;
const steps = 200;
const remembered = 150;
const mayBeLater = 1 / 30;
/** A packet that is this much off comes from a clock that was set, or that wrapped around. */
const clockJumpMs = 1_000;

/** How regularly the packets of one stream come (RFC 3550 6.4.1, A.3, A.8). */
export class Arrivals {
  readonly ssrc: number;
  readonly #clockHz: number;
  #base = 0;
  #highest: number | undefined;
  #received = 0;
  #receivedBefore = 0;
  #expectedBefore = 0;
  #transit: number | undefined;
  #jitterMs = 0;
  #fastest = Number.POSITIVE_INFINITY;
  #fastestNow = Number.POSITIVE_INFINITY;
  #halfEndsAt = 0;
  readonly #late = new Float64Array(steps + 1);
  #counted = 0;
  #report: { readonly time: number; readonly at: number } | undefined;

  constructor(ssrc: number, clockHz: number) {
    this.ssrc = ssrc;
    this.#clockHz = clockHz;
  }

  get jitterMs(): number {
    return this.#jitterMs;
  }

  /** How long sound has to wait so that nearly all that comes late comes in time, as things have been lately. */
  get lateMs(): number {
    let later = 0;
    let step = steps;
    for (; step > 0; step -= 1) {
      later += this.#late[step] ?? 0;
      if (later > mayBeLater) break;
    }
    return step * stepMs;
  }

  /** `at`: ms; undefined: it isn't known when the packet came. */
  hear(sequence: number, timestamp: number, at: number | undefined): void {
    const index = extendSequence(sequence, this.#highest);
    if (this.#highest === undefined) this.#base = index;
    this.#highest = Math.max(this.#highest ?? index, index);
    this.#received += 1;
    if (at === undefined) return;
    const transit = at - (timestamp * 1_000) / this.#clockHz;
    if (this.#transit === undefined || Math.abs(transit - this.#transit) > clockJumpMs) this.#beginClock(transit, at);
    else {
      this.#jitterMs += (Math.abs(transit - this.#transit) - this.#jitterMs) / 16;
      this.#compare(transit, at);
    }
    this.#transit = transit;
  }

  hearSenderReport(time: number, at: number): void {
    this.#report = { time, at };
  }

  /** For a receiver report, about what came since the last one. */
  report(now: number): Report | undefined {
    if (this.#highest === undefined) return undefined;
    const expected = this.#highest - this.#base + 1;
    const expectedNow = expected - this.#expectedBefore;
    const lostNow = expectedNow - (this.#received - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#received;
    return {
      ssrc: this.ssrc,
      fractionLost: expectedNow > 0 && lostNow > 0 ? Math.min(255, Math.floor((lostNow * 256) / expectedNow)) : 0,
      lost: Math.max(-0x800000, Math.min(0x7fffff, expected - this.#received)),
      highest: this.#highest,
      jitter: Math.round((this.#jitterMs * this.#clockHz) / 1_000),
      lastReport: this.#report?.time ?? 0,
      delay: this.#report ? Math.round(((now - this.#report.at) * 65_536) / 1_000) : 0,
    };
  }

  #beginClock(transit: number, at: number): void {
    this.#fastest = transit;
    this.#fastestNow = transit;
    this.#halfEndsAt = at + halfMs;
  }

  /** Each packet counts for as much as those before it together count for less. */
  #count(lateMs: number): void {
    this.#counted = Math.min(remembered, this.#counted + 1);
    const weight = 1 / this.#counted;
    for (let step = 0; step <= steps; step += 1) this.#late[step] = (this.#late[step] ?? 0) * (1 - weight);
    const step = Math.min(steps, Math.ceil(lateMs / stepMs));
    this.#late[step] = (this.#late[step] ?? 0) + weight;
  }

  #compare(transit: number, at: number): void {
    if (at >= this.#halfEndsAt) {
      this.#fastest = this.#fastestNow;
      this.#fastestNow = transit;
      this.#halfEndsAt = at + halfMs;
    }
    this.#fastestNow = Math.min(this.#fastestNow, transit);
    this.#fastest = Math.min(this.#fastest, transit);
    this.#count(transit - this.#fastest);
  }
}
