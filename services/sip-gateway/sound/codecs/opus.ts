/** Opus (RFC 6716) by libopus as WebAssembly. */
import {
  Application,
  createDecoder,
  createEncoder,
  type OpusDecoderHandle,
  type OpusEncoderHandle,
} from "libopus-wasm";
import type { Decoder, Encoder, Samples } from "./codec.ts";

export type OpusRate = 8_000 | 16_000 | 48_000;

export const opusClockHz = 48_000;
/** The least work at which speech is as good as with all of it; each further one costs more than it is heard. */
const complexity = 4;
const bitrateBps: Readonly<Record<OpusRate, number>> = { 8000: 16_000, 16000: 24_000, 48000: 32_000 };
/** A second copy of each frame is sent to those that lose more. */
const fecFrom = 0.02;
const fecAtMost = 0.3;
/** OPUS_RESET_STATE. */
const resetState = 4028;
/** RFC 6716 3.2.5. */
const longestMs = 120;

/**
 * libopus keeps its codecs in memory of its own, and makes them only once that is loaded: those that are done with are
 * used again.
 */
export class OpusCodecs {
  readonly #decoders = new Map<OpusRate, OpusDecoderHandle[]>();
  readonly #encoders = new Map<OpusRate, OpusEncoderHandle[]>();

  async decoder(rateHz: OpusRate): Promise<Decoder> {
    const idle = this.#decoders.get(rateHz)?.pop();
    idle?.decoderCtl(resetState, 0);
    const maxFrameSize = (rateHz / 1_000) * longestMs;
    const handle = idle ?? (await createDecoder({ channels: 1, sampleRate: rateHz, maxFrameSize }));
    return new OpusDecoder(handle, rateHz, () => put(this.#decoders, rateHz, handle));
  }

  async encoder(rateHz: OpusRate): Promise<Encoder> {
    const idle = this.#encoders.get(rateHz)?.pop();
    idle?.encoderCtl(resetState, 0);
    const options = { channels: 1, sampleRate: rateHz, application: Application.Voip, complexity } as const;
    const handle = idle ?? (await createEncoder({ ...options, bitrate: bitrateBps[rateHz], dtx: true }));
    return new OpusEncoder(handle, rateHz, () => put(this.#encoders, rateHz, handle));
  }
}

/** For what is encoded once and kept. */
export async function openFinestEncoder(sampleRate: OpusRate, bitrate: number): Promise<Encoder> {
  const options = { channels: 1, sampleRate, application: Application.Voip, complexity: 10, bitrate } as const;
  const handle = await createEncoder(options);
  return new OpusEncoder(handle, sampleRate, () => handle.free());
}

function put<Handle>(all: Map<OpusRate, Handle[]>, rateHz: OpusRate, handle: Handle): void {
  const idle = all.get(rateHz) ?? [];
  idle.push(handle);
  all.set(rateHz, idle);
}

class OpusDecoder implements Decoder {
  readonly rateHz: number;
  readonly #handle: OpusDecoderHandle;
  readonly #release: () => void;
  #isClosed = false;

  constructor(handle: OpusDecoderHandle, rateHz: number, release: () => void) {
    this.#handle = handle;
    this.rateHz = rateHz;
    this.#release = release;
  }

  decode(payload: Uint8Array): Samples {
    return this.#handle.decodeFloat(payload);
  }

  /** From the copy that the next packet may have of it (RFC 6716 2.1.7), else from what was heard before. */
  conceal(samples: number, next?: Uint8Array): Samples {
    // libopus makes up multiples of 2.5 ms.
    const unit = this.rateHz / 400;
    const frameSize = Math.ceil(samples / unit) * unit;
    if (next) return this.#handle.decodeFloat(next, { decodeFec: true, frameSize }).subarray(0, samples);
    return this.#handle.decodePacketLossFloat(frameSize).subarray(0, samples);
  }

  close(): void {
    if (!this.#isClosed) this.#release();
    this.#isClosed = true;
  }
}

class OpusEncoder implements Encoder {
  readonly rateHz: number;
  readonly #handle: OpusEncoderHandle;
  readonly #release: () => void;
  #hasFec = false;
  #isClosed = false;

  constructor(handle: OpusEncoderHandle, rateHz: number, release: () => void) {
    this.#handle = handle;
    this.rateHz = rateHz;
    this.#release = release;
    this.#handle.setFec(false);
  }

  /** 2.5, 5, 10, 20, 40 or 60 ms. Less than three bytes: silence that need not be sent. */
  encode(samples: Samples): Uint8Array {
    return this.#handle.encodeFloat(samples, { frameSize: samples.length });
  }

  hearLoss(share: number): void {
    const wanted = share >= fecFrom;
    this.#handle.setPacketLossPercent(Math.round(Math.min(fecAtMost, share) * 100));
    if (wanted === this.#hasFec) return;
    this.#hasFec = wanted;
    this.#handle.setFec(wanted);
  }

  close(): void {
    if (!this.#isClosed) this.#release();
    this.#isClosed = true;
  }
}
