import {
  isUnitStart,
  PacketAligner,
  ProgrammeReader,
  packetBytes,
  pesHeader,
  ticksBetween,
  ticksPerSecond,
} from "./transport-stream.ts";

export type Cut =
  /** A run is a stretch without a break in its timestamps. */
  | { readonly type: "start"; readonly run: number; readonly startMs?: number }
  | { readonly type: "data"; readonly packets: Buffer }
  | { readonly type: "end"; readonly seconds: number };

/** A little less than the distance of key frames: their timestamps are not exact. */
const minTicks = 1.9 * ticksPerSecond;
/** Without a key frame for so long it is cut anywhere: segments of a run are only ever read one after the other. */
const maxTicks = 5 * ticksPerSecond;
const maxBytes = 64 * 2 ** 20;
/** More than this from one picture to the next is a break. */
const breakTicks = 5 * ticksPerSecond;

/** Says where segments begin and end in a transport stream. Each begins with the tables; what comes before the first key frame is left out. */
export class SegmentCutter {
  readonly #emit: (cut: Cut) => void;
  readonly #aligner = new PacketAligner();
  readonly #programmes = new ProgrammeReader();
  #run = -1;
  #isOpen = false;
  #startDts = 0;
  #lastDts = 0;
  #frameTicks = 0;
  #bytes = 0;

  constructor(emit: (cut: Cut) => void) {
    this.#emit = emit;
  }

  push(chunk: Buffer): void {
    const packets = this.#aligner.push(chunk);
    let start = 0;
    for (let at = 0; at < packets.length; at += packetBytes) {
      const packet = packets.subarray(at, at + packetBytes);
      this.#programmes.see(packet);
      if (!isUnitStart(packet) || this.#programmes.kindOf(packet) !== "video") continue;
      if (!this.#cutsBefore(packet, start, at)) continue;
      this.#data(packets.subarray(start, at));
      start = at;
      this.#cut(packet);
    }
    this.#data(packets.subarray(start));
  }

  end(): void {
    if (this.#isOpen) this.#emit({ type: "end", seconds: this.#seconds(this.#lastDts + this.#frameTicks) });
    this.#isOpen = false;
  }

  /** Remembers the picture's time, too. */
  #cutsBefore(packet: Buffer, start: number, at: number): boolean {
    const header = pesHeader(packet);
    if (!header) return false;
    const isKey = this.#programmes.isKeyFrameStart(packet);
    if (!this.#isOpen) return isKey;
    const step = ticksBetween(this.#lastDts, header.dts);
    const isBreak = step < 0 || step > breakTicks;
    if (isBreak) return isKey;
    this.#lastDts = header.dts;
    this.#frameTicks = step;
    const length = ticksBetween(this.#startDts, header.dts);
    if (isKey) return length >= minTicks;
    return length >= maxTicks || this.#bytes + at - start >= maxBytes;
  }

  #cut(packet: Buffer): void {
    const dts = pesHeader(packet)?.dts ?? 0;
    const isContinued = this.#isOpen && dts === this.#lastDts;
    if (this.#isOpen) {
      const end = isContinued ? dts : this.#lastDts + this.#frameTicks;
      this.#emit({ type: "end", seconds: this.#seconds(end) });
    }
    if (!isContinued) this.#run++;
    this.#isOpen = true;
    this.#startDts = this.#lastDts = dts;
    this.#bytes = 0;
    this.#emit({ type: "start", run: this.#run });
    this.#data(this.#programmes.programme?.tables ?? Buffer.alloc(0));
  }

  #data(packets: Buffer): void {
    if (!this.#isOpen || packets.length === 0) return;
    this.#bytes += packets.length;
    this.#emit({ type: "data", packets });
  }

  #seconds(endDts: number): number {
    return Math.max(0, ticksBetween(this.#startDts, endDts)) / ticksPerSecond;
  }
}
