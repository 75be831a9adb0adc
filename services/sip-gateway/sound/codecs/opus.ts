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
/** RFC 6716 3.2.5. */
const longestMs = 120;

/** libopus is loaded with the first of them. */
export class OpusCodecs {
  async decoder(rateHz: OpusRate): Promise<Decoder> {
    const maxFrameSize = (rateHz / 1_000) * longestMs;
    return new OpusDecoder(await createDecoder({ channels: 1, sampleRate: rateHz, maxFrameSize }), rateHz);
  }

  /** Without DTX of its own, which takes a steady tone for silence. */
  async encoder(rateHz: OpusRate): Promise<Encoder> {
    return await openEncoder(rateHz, { bitrate: bitrateBps[rateHz], complexity });
  }
}

/** For what is encoded once and kept. */
export async function openFinestEncoder(rateHz: OpusRate, bitrate: number): Promise<Encoder> {
  return await openEncoder(rateHz, { bitrate, complexity: 10 });
}

async function openEncoder(rateHz: OpusRate, wishes: { readonly bitrate: number; readonly complexity: number }) {
  const options = { channels: 1, sampleRate: rateHz, application: Application.Voip } as const;
  return new OpusEncoder(await createEncoder({ ...options, ...wishes }), rateHz);
}

class OpusDecoder implements Decoder {
  readonly rateHz: number;
  readonly #handle: OpusDecoderHandle;

  constructor(handle: OpusDecoderHandle, rateHz: number) {
    this.#handle = handle;
    this.rateHz = rateHz;
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
    this.#handle.free();
  }
}

class OpusEncoder implements Encoder {
  readonly rateHz: number;
  readonly #handle: OpusEncoderHandle;
  #hasFec = false;

  constructor(handle: OpusEncoderHandle, rateHz: number) {
    this.#handle = handle;
    this.rateHz = rateHz;
    this.#handle.setFec(false);
  }

  /** 2.5, 5, 10, 20, 40 or 60 ms. */
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
    this.#handle.free();
  }
}
