import type { Arrived } from "../rtp/jitter.ts";

/** A picture, or a stretch of sound, as a decoder takes it. */
export type Frame = {
  readonly timestamp: number;
  /** When its first packet came. */
  readonly at: number;
  readonly data: Buffer;
  readonly isKey: boolean;
  /** Of key frames. */
  readonly size?: { readonly width: number; readonly height: number };
  /** What a decoder needs before the first frame, where the codec has such a thing; of key frames. */
  readonly setup?: Buffer;
};

/** What a codec makes of the packets of one frame, in order. Undefined: it can't be read. */
export type Codec = {
  readonly name: string;
  /** Of Matroska. */
  readonly codecId: string;
  readonly clockRateHz: number;
  readonly fileType: "webm" | "mkv";
  /** A frame is never more than a packet. */
  readonly isOnePacket: boolean;
  readonly isStart: (payload: Buffer) => boolean;
  readonly assemble: (payloads: readonly Buffer[]) => Pick<Frame, "data" | "isKey" | "size" | "setup"> | undefined;
};

/** No frame is larger: what goes on longer is rubbish. */
const maxFrameBytes = 4_194_304;

/**
 * Puts frames together. After a loss a decoder would smear until the next key frame: frames are left out until then, and
 * a key frame is asked for.
 */
export class Assembler {
  readonly #codec: Codec;
  readonly #take: (frame: Frame) => void;
  readonly #wantKey: () => void;
  #payloads: Buffer[] = [];
  #bytes = 0;
  #first: Arrived | undefined;
  #isSpoilt = false;
  #waitsForKey = true;
  /** Frames that could not be kept. */
  dropped = 0;

  constructor(codec: Codec, take: (frame: Frame) => void, wantKey: () => void) {
    this.#codec = codec;
    this.#take = take;
    this.#wantKey = wantKey;
  }

  get waitsForKey(): boolean {
    return this.#waitsForKey;
  }

  push(arrived: Arrived): void {
    const { payload, timestamp, marker } = arrived.packet;
    // Padding, by which bandwidth is probed.
    if (payload.length === 0) return;
    if (this.#first && this.#first.packet.timestamp !== timestamp) this.#finish();
    if (!this.#first) {
      this.#first = arrived;
      if (!this.#codec.isStart(payload)) this.#isSpoilt = true;
    }
    this.#bytes += payload.length;
    if (this.#bytes > maxFrameBytes) this.#isSpoilt = true;
    else this.#payloads.push(payload);
    if (marker || this.#codec.isOnePacket) this.#finish();
  }

  /** Packets are missing here. */
  lose(): void {
    if (this.#first) this.#isSpoilt = true;
    this.#waitForKey();
  }

  #finish(): void {
    const first = this.#first;
    const frame = this.#isSpoilt ? undefined : this.#codec.assemble(this.#payloads);
    this.#payloads = [];
    this.#bytes = 0;
    this.#first = undefined;
    this.#isSpoilt = false;
    if (!first) return;
    if (!frame) this.#waitForKey();
    if (!frame || (this.#waitsForKey && !frame.isKey)) {
      this.dropped += 1;
      return;
    }
    this.#waitsForKey = false;
    this.#take({ timestamp: first.packet.timestamp, at: first.at, ...frame });
  }

  #waitForKey(): void {
    if (this.#waitsForKey) return;
    this.#waitsForKey = true;
    this.#wantKey();
  }
}
