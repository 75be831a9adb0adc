/** What arrives at one participant, stream by stream. Most of it is seen in the headers; sealed is what a sample opens. */

import type { ReportBlock } from "./rtcp.ts";
import { headerBytes, sequenceOf, ssrcOf, timestampOf } from "./rtp.ts";
import type { SrtpContext } from "./srtp.ts";
import { keyFrameHeightIn, sentAtOffset } from "./vp8.ts";

/** One packet of so many is opened and held against its tag. */
const openedOneIn = 64;
const blockBytes = 16;

export type StreamKind = "audio" | "video" | "rtx" | "unannounced";

export type Announced = { readonly kind: StreamKind; readonly source: string; readonly owner: string };

const unannounced: Announced = { kind: "unannounced", source: "", owner: "" };

export class IncomingStream {
  readonly ssrc: number;
  readonly announced: Announced;
  readonly firstAtMs: number;
  lastAtMs: number;
  packets = 0;
  bytes = 0;
  /** Sequence numbers that were passed over. */
  lost = 0;
  /** Packets behind one that came before. */
  late = 0;
  /** Those that did not fit their tag. */
  broken = 0;
  keyFrames = 0;
  /** Of the last key frame, in lines. */
  height = 0;
  longestGapMs = 0;
  #highest = -1;
  #timestamp = -1;

  constructor(ssrc: number, announced: Announced, atMs: number) {
    this.ssrc = ssrc;
    this.announced = announced;
    this.firstAtMs = atMs;
    this.lastAtMs = atMs;
  }

  get reportBlock(): ReportBlock {
    return { ssrc: this.ssrc, lost: this.lost, highestSequence: this.#highest };
  }

  take(packet: Buffer, crypto: SrtpContext, atMs: number): void {
    this.packets++;
    this.bytes += packet.length;
    this.#count(sequenceOf(packet));
    this.longestGapMs = Math.max(this.longestGapMs, atMs - this.lastAtMs);
    this.lastAtMs = atMs;
    if (this.packets % openedOneIn === 1 && !crypto.openRtp(packet)) this.broken++;
    if (this.announced.kind !== "video") return;
    const timestamp = timestampOf(packet);
    if (timestamp === this.#timestamp) return;
    this.#timestamp = timestamp;
    const height = keyFrameHeightIn(crypto.peekRtp(packet));
    if (height === undefined) return;
    this.keyFrames++;
    if (height > 0) this.height = height;
  }

  #count(sequence: number): void {
    if (this.#highest < 0) {
      this.#highest = sequence;
      return;
    }
    const step = (sequence - this.#highest) & 0xffff;
    if (step === 0 || step >= 0x8000) {
      this.late++;
      return;
    }
    this.lost += step - 1;
    this.#highest += step;
  }
}

export class Reception {
  readonly #announced = new Map<number, Announced>();
  readonly #streams = new Map<number, IncomingStream>();

  announce(ssrc: number, announced: Announced): void {
    this.#announced.set(ssrc, announced);
  }

  withdraw(owner: string): void {
    for (const [ssrc, { owner: of }] of this.#announced) if (of === owner) this.#announced.delete(ssrc);
  }

  /** Names of the sources that were announced. */
  get sources(): string[] {
    return [...new Set([...this.#announced.values()].map(({ source }) => source))];
  }

  get streams(): readonly IncomingStream[] {
    return [...this.#streams.values()];
  }

  take(packet: Buffer, crypto: SrtpContext, atMs: number): IncomingStream {
    const ssrc = ssrcOf(packet);
    let stream = this.#streams.get(ssrc);
    if (!stream || (stream.announced === unannounced && this.#announced.has(ssrc))) {
      stream = new IncomingStream(ssrc, this.#announced.get(ssrc) ?? unannounced, atMs);
      this.#streams.set(ssrc, stream);
    }
    stream.take(packet, crypto, atMs);
    return stream;
  }

  /** Forgets what was counted, not what was announced: a new measurement begins. */
  restart(): void {
    this.#streams.clear();
  }
}

/** When a packet was sent, by what its sender wrote into it; undefined where it is too short for that. */
export function sentAtOf(packet: Buffer, crypto: SrtpContext): number | undefined {
  const block = sentAtOffset / blockBytes;
  if (packet.length < headerBytes(packet) + (block + 1) * blockBytes) return undefined;
  return crypto.peekRtp(packet, block).readDoubleBE(0);
}
