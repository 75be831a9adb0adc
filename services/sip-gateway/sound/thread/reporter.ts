import { randomBytes } from "node:crypto";
import {
  goodbye,
  type Report,
  receiverReport,
  type Sent,
  senderReport,
  sourceDescription,
} from "@veche/kit/rtp/rtcp.ts";

/** Between reports, ms; made uneven so that they don't fall together (RFC 3550 6.3.1). Bridges want one every five seconds. */
const everyMs = 3_000;
const firstMs = 1_000;

/** Says now and then what was sent and what has come (RFC 3550 6). */
export class Reporter {
  readonly #name = randomBytes(9).toString("base64");
  #nextAt = 0;

  isDue(now: number): boolean {
    if (this.#nextAt === 0) this.#nextAt = now + firstMs;
    if (now < this.#nextAt) return false;
    this.#nextAt = now + everyMs * (0.5 + Math.random());
    return true;
  }

  write(ssrc: number, sent: Sent | undefined, reports: readonly Report[]): Buffer {
    const first = sent ? senderReport(sent, reports) : receiverReport(reports, ssrc);
    return Buffer.concat([first, sourceDescription(ssrc, this.#name)]);
  }

  writeGoodbye(ssrc: number): Buffer {
    return Buffer.concat([receiverReport([], ssrc), sourceDescription(ssrc, this.#name), goodbye(ssrc)]);
  }
}
