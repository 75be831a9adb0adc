import { randomInt } from "node:crypto";
import { writeHeader } from "@veche/kit/rtp/packet.ts";
import type { Sent } from "@veche/kit/rtp/rtcp.ts";
import type { SrtpWriter } from "@veche/kit/rtp/srtp.ts";

export type Outgoing = {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly timestamp: number;
  readonly payload: Uint8Array;
  readonly audioLevel?: { readonly id: number; readonly level: number; readonly isVoice: boolean } | undefined;
};

/** One stream that we send. Its timestamps begin anywhere (RFC 3550 5.1). */
export class RtpStream {
  readonly ssrc: number;
  readonly #clockHz: number;
  readonly #firstTimestamp = randomInt(0x1_0000_0000);
  #sequence = randomInt(0x8000);
  #packets = 0;
  #bytes = 0;
  #last: { readonly timestamp: number; readonly timeMs: number } | undefined;

  constructor(ssrc: number, clockHz: number) {
    this.ssrc = ssrc;
    this.#clockHz = clockHz;
  }

  /** `timestamp`: since the beginning, in units of the clock. `timeMs`: since 1970. */
  write({ payload, audioLevel, ...out }: Outgoing, writer: SrtpWriter | undefined, timeMs: number): Buffer {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const timestamp = (this.#firstTimestamp + out.timestamp) >>> 0;
    const header = writeHeader({ ...out, sequence: this.#sequence, timestamp, ssrc: this.ssrc }, audioLevel);
    const body = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    this.#packets = (this.#packets + 1) >>> 0;
    this.#bytes = (this.#bytes + payload.length) >>> 0;
    this.#last = { timestamp, timeMs };
    return writer ? writer.writeRtp(header, body) : Buffer.concat([header, body]);
  }

  /** For a sender report; undefined: nothing was sent. */
  sent(timeMs: number): Sent | undefined {
    if (!this.#last) return undefined;
    const since = Math.round(((timeMs - this.#last.timeMs) * this.#clockHz) / 1_000);
    const timestamp = (this.#last.timestamp + since) >>> 0;
    return { ssrc: this.ssrc, timeMs, timestamp, packets: this.#packets, bytes: this.#bytes };
  }
}
