/** What a composite looks like, from the recorder's settings. */
import type { Config } from "../config.ts";

export type Format = {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly bitrateBps: number;
  /** H.264 profile and level, as in RFC 6381. */
  readonly codec: string;
};

/** 25 of x264's scale: faces stay sharp at 1280x720, 25 times a second. */
const usual = { crf: 25, bitrateBps: 1_800_000, pixelRate: 1280 * 720 * 25 } as const;

type Settings = Pick<
  Config,
  | "JIBRI_RECORDING_RESOLUTION"
  | "JIBRI_RECORDING_FRAMERATE"
  | "JIBRI_RECORDING_CONSTANT_RATE_FACTOR"
  | "JIBRI_RECORDING_STREAMING_MAX_BITRATE"
>;

/**
 * Chromium's encoder knows no constant rate factor: it becomes the bitrate at most, which doubles where the factor is six
 * less and grows with the 3/4th power of the pixels a second.
 */
export function formatOf(settings: Settings, { isLive }: { readonly isLive: boolean }): Format {
  const [width = 1280, height = 720] = settings.JIBRI_RECORDING_RESOLUTION.split("x").map((side) => Number(side) & ~1);
  const framesPerSecond = settings.JIBRI_RECORDING_FRAMERATE;
  const pixelRate = width * height * framesPerSecond;
  const factor =
    (pixelRate / usual.pixelRate) ** 0.75 * 2 ** ((usual.crf - settings.JIBRI_RECORDING_CONSTANT_RATE_FACTOR) / 6);
  const wanted = Math.min(50_000_000, Math.max(200_000, usual.bitrateBps * factor));
  const bound = isLive ? settings.JIBRI_RECORDING_STREAMING_MAX_BITRATE * 1000 : Number.POSITIVE_INFINITY;
  return {
    width,
    height,
    framesPerSecond,
    bitrateBps: Math.round(Math.min(wanted, bound)),
    codec: codecFor(pixelRate),
  };
}

/** Main profile at the least level for so many macroblocks a second (H.264, table A-1). */
function codecFor(pixelRate: number): string {
  const levels = [
    [108_000, "1f"],
    [245_760, "28"],
    [522_240, "2a"],
    [983_040, "33"],
  ] as const;
  const blocks = pixelRate / 256;
  return `avc1.4d00${levels.find(([most]) => blocks <= most)?.[1] ?? "34"}`;
}
