/** Sound is mono, −1 to 1. */
export type Samples = Float32Array;

/** One direction of one stream. */
export interface Decoder {
  readonly rateHz: number;
  /** Throws where the payload is no such thing. */
  decode(payload: Uint8Array): Samples;
  /** What may have been in a packet that is missing. `next`: the packet after it, where it has come. */
  conceal(samples: number, next?: Uint8Array): Samples;
  close(): void;
}

export interface Encoder {
  readonly rateHz: number;
  encode(samples: Samples): Uint8Array;
  /** What the other end says it loses, 0 to 1. */
  hearLoss(share: number): void;
  close(): void;
}
