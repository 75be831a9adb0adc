import type { types } from "mediasoup";
import type { VideoCodec } from "../domain/video-codec.ts";

/**
 * In-band FEC mends single losses, DTX sends next to nothing while somebody is silent. mediasoup knows no audio/red, and
 * whoever can't read RED would hear nothing of who sends it: nobody is offered it.
 */
const opus: types.RouterRtpCodecCapability = {
  kind: "audio",
  mimeType: "audio/opus",
  clockRate: 48_000,
  channels: 2,
  preferredPayloadType: 111,
  parameters: { minptime: 10, useinbandfec: 1, usedtx: 1 },
};

/** Constrained baseline, which every browser and phone has, several slices a packet (RFC 6184 8.1). */
const h264Parameters = { "packetization-mode": 1, "profile-level-id": "42e01f", "level-asymmetry-allowed": 1 };
/** Profile 0: eight bits, what all can decode (RFC 9628 7). */
const vp9Parameters = { "profile-id": 0 };

const videoParameters: Readonly<Record<VideoCodec, Readonly<Record<string, string | number>>>> = {
  VP8: {},
  VP9: vp9Parameters,
  AV1: {},
  H264: h264Parameters,
};

/** Below this libwebrtc begins with the smallest picture alone, and the layer that was forwarded first falls silent. */
const startKbps = 800;

export function mediaCodecs(videoCodec: VideoCodec): types.RouterRtpCodecCapability[] {
  const video: types.RouterRtpCodecCapability = {
    kind: "video",
    mimeType: `video/${videoCodec}`,
    clockRate: 90_000,
    preferredPayloadType: 100,
    parameters: { ...videoParameters[videoCodec], "x-google-start-bitrate": startKbps },
  };
  return [opus, video];
}
