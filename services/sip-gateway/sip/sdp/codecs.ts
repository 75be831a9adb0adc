/** What phones send their voice in: names, clocks and payload types (RFC 3551, RFC 7587, RFC 4733). */
import type { LegCodec } from "../../sound/sound.ts";

type CodecFacts = {
  /** As rtpmap writes it, in lower case. G.722 says 8000 although it samples at 16000 (RFC 3551, 4.5.2). */
  readonly rtpmap: string;
  readonly clockRateHz: number;
  /** The one it has without an rtpmap; undefined: only by rtpmap. */
  readonly staticPayloadType: number | undefined;
  /** What our own offers call it. */
  readonly offeredPayloadType: number;
  readonly fmtp: string | undefined;
};

export const codecFacts: Readonly<Record<LegCodec, CodecFacts>> = {
  opus: {
    rtpmap: "opus/48000/2",
    clockRateHz: 48_000,
    staticPayloadType: undefined,
    offeredPayloadType: 96,
    fmtp: "useinbandfec=1",
  },
  G722: { rtpmap: "g722/8000", clockRateHz: 8_000, staticPayloadType: 9, offeredPayloadType: 9, fmtp: undefined },
  PCMU: { rtpmap: "pcmu/8000", clockRateHz: 8_000, staticPayloadType: 0, offeredPayloadType: 0, fmtp: undefined },
  PCMA: { rtpmap: "pcma/8000", clockRateHz: 8_000, staticPayloadType: 8, offeredPayloadType: 8, fmtp: undefined },
};

/** Keys 0–9, *, #, A–D and flash: what every phone understands. */
export const telephoneEvents = "0-16";

/** Comfort noise (RFC 3389) for voices on the 8 kHz clock. */
export const comfortNoisePayloadType = 13;

export type TelephoneEvent = { readonly payloadType: number; readonly clockRateHz: number };

/** Of our own offers, by the clock it runs on. */
export const offeredTelephoneEvents: readonly TelephoneEvent[] = [
  { payloadType: 101, clockRateHz: 8_000 },
  { payloadType: 102, clockRateHz: 48_000 },
];

export type Format = { readonly payloadType: number; readonly codec: LegCodec };

/** Payload types of a media line in its order, with what `rtpmap` or the static table says of them. */
export function readFormats(
  payloadTypes: readonly number[],
  rtpmaps: ReadonlyMap<number, string>,
): { readonly formats: readonly Format[]; readonly events: readonly TelephoneEvent[] } {
  const formats: Format[] = [];
  const events: TelephoneEvent[] = [];
  for (const payloadType of payloadTypes) {
    const name = rtpmaps.get(payloadType);
    const codec = codecOf(payloadType, name);
    if (codec) formats.push({ payloadType, codec });
    const clock = /^telephone-event\/(\d{4,6})$/.exec(name ?? "")?.[1];
    if (clock) events.push({ payloadType, clockRateHz: Number(clock) });
  }
  return { formats, events };
}

function codecOf(payloadType: number, rtpmap: string | undefined): LegCodec | undefined {
  for (const [codec, facts] of Object.entries(codecFacts) as [LegCodec, CodecFacts][]) {
    if (rtpmap === undefined ? facts.staticPayloadType === payloadType : matches(rtpmap, facts.rtpmap)) return codec;
  }
  return undefined;
}

/** One channel need not be said: "PCMU/8000/1" is "PCMU/8000". */
function matches(rtpmap: string, wanted: string): boolean {
  return rtpmap === wanted || rtpmap === `${wanted}/1`;
}

/** Keys on the voice's own clock where they are offered so, else on that of telephones (RFC 4733, 2.1). */
export function eventFor(codec: LegCodec, events: readonly TelephoneEvent[]): TelephoneEvent | undefined {
  const clockRateHz = codecFacts[codec].clockRateHz;
  return (
    events.find((event) => event.clockRateHz === clockRateHz) ?? events.find((event) => event.clockRateHz === 8_000)
  );
}
