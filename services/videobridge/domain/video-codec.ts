import { VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { accept, type Result, refuse } from "./result.ts";
import type { Encoding } from "./rtp.ts";

export const videoCodecs = ["VP8", "VP9", "AV1", "H264"] as const;

/**
 * A conference has one, for all of it: clients change codecs in mid-call without a word if they are offered several, and
 * a stream is parsed by the codec with which it began.
 */
export type VideoCodec = (typeof videoCodecs)[number];

export const defaultVideoCodec: VideoCodec = "VP8";

export function readVideoCodec(name: string): Result<VideoCodec> {
  if (name === "") return accept(defaultVideoCodec);
  const found = videoCodecs.find((codec) => codec === name);
  return found ? accept(found) : refuse(`expected one of ${videoCodecs.join(", ")}, found ${JSON.stringify(name)}`);
}

/** Rates that libwebrtc gives each simulcast stream of VP8, and a screen. */
const oneSpatialLayer = "L1T3";
/** A camera in one stream: lower layers serve as key frames of higher ones, so that none is sent to who doesn't want it. */
const threeSpatialLayers = "L3T3_KEY";

/**
 * Whether one stream holds all sizes. mediasoup takes no simulcast of these codecs. COMPAT: lib-jitsi-meet names three
 * SSRCs for them too and sends the first; Firefox sends all three, the smallest first.
 */
export function isLayeredInOneStream(codec: VideoCodec): boolean {
  return codec === "VP9" || codec === "AV1";
}

/** What the layers of a stream are (W3C scalability modes): clients don't say it, but do it alike. */
export function scalabilityMode(codec: VideoCodec, isSimulcast: boolean, videoType: VideoType): string | undefined {
  // The bridge can't tell apart the rates of H.264: it is passed on whole.
  if (codec === "H264") return isSimulcast ? "L1T1" : undefined;
  if (codec === "VP8") return isSimulcast ? oneSpatialLayer : undefined;
  return videoType === VideoType.DESKTOP ? oneSpatialLayer : threeSpatialLayers;
}

/** Sizes of the picture that a receiver may be given: of several streams, or of one that holds them all. */
export function spatialLayers(encodings: readonly Encoding[]): number {
  if (encodings.length > 1) return encodings.length;
  return Number(/^[LS](\d)/.exec(encodings[0]?.scalabilityMode ?? "")?.[1] ?? 1);
}
