import type { LegCodec } from "../sound.ts";
import type { Decoder, Encoder } from "./codec.ts";
import { Concealment } from "./concealment.ts";
import { aLaw, type Law, muLaw } from "./g711.ts";
import { G722Decoder, G722Encoder } from "./g722.ts";
import { type OpusCodecs, type OpusRate, opusClockHz } from "./opus.ts";

/** How a codec goes over RTP, and the rate of its sound. */
export const codecRates: Readonly<Record<LegCodec, { readonly clockHz: number; readonly rateHz: OpusRate }>> = {
  PCMA: { clockHz: 8_000, rateHz: 8_000 },
  PCMU: { clockHz: 8_000, rateHz: 8_000 },
  G722: { clockHz: 8_000, rateHz: 16_000 },
  opus: { clockHz: opusClockHz, rateHz: 48_000 },
};

const laws: Readonly<Record<"PCMA" | "PCMU", Law>> = { PCMA: aLaw, PCMU: muLaw };

export async function openDecoder(codec: LegCodec, opus: OpusCodecs): Promise<Decoder> {
  const { rateHz } = codecRates[codec];
  if (codec === "opus") return await opus.decoder(rateHz);
  const concealment = new Concealment(rateHz);
  const coded = codec === "G722" ? new G722Decoder() : laws[codec];
  return {
    rateHz,
    decode: (payload) => concealment.hear(coded.decode(payload)),
    conceal: (samples) => concealment.conceal(samples),
    close() {},
  };
}

export async function openEncoder(codec: LegCodec, opus: OpusCodecs): Promise<Encoder> {
  const { rateHz } = codecRates[codec];
  if (codec === "opus") return await opus.encoder(rateHz);
  const coded = codec === "G722" ? new G722Encoder() : laws[codec];
  return { rateHz, encode: (samples) => coded.encode(samples), hearLoss() {}, close() {} };
}
