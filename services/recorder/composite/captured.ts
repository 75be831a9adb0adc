/** What the capturing page tells, one text each: see in-page/capture.js. */

export type Captured =
  /** AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1) of the pictures to come. */
  | { readonly kind: "description"; readonly bytes: Buffer }
  /** One picture, its NAL units with lengths before them. */
  | { readonly kind: "video"; readonly timeUs: number; readonly isKey: boolean; readonly bytes: Buffer }
  /** Stereo, 16 bit, little endian. */
  | { readonly kind: "sound"; readonly timeUs: number; readonly rate: number; readonly bytes: Buffer }
  /** Each second, by a page that is alive and drawn: since the start. */
  | { readonly kind: "figures"; readonly frames: number; readonly dropped: number }
  | { readonly kind: "failed"; readonly text: string };

/** Undefined for what is none of these. */
export function readCaptured(payload: string): Captured | undefined {
  const [kind = "", first = "", second = ""] = payload.slice(0, 64).split(" ", 3);
  const number = Number(first);
  if (first === "" || !Number.isSafeInteger(number) || number < 0) return undefined;
  const body = (before: number) => Buffer.from(payload.slice(before), "base64");
  const short = kind.length + first.length + 2;
  switch (kind) {
    case "description":
      return { kind, bytes: body(short) };
    case "key":
    case "delta":
      return { kind: "video", timeUs: number, isKey: kind === "key", bytes: body(short) };
    case "sound": {
      const rate = Number(second);
      if (!Number.isSafeInteger(rate) || rate < 8_000 || rate > 192_000) return undefined;
      return { kind, timeUs: number, rate, bytes: body(short + second.length + 1) };
    }
    case "figures": {
      const dropped = Number(second);
      return Number.isSafeInteger(dropped) ? { kind, frames: number, dropped } : undefined;
    }
    case "failed":
      return { kind, text: body(short).toString("utf8") };
    default:
      return undefined;
  }
}
