import type { RouterCapabilities } from "../domain/rtp.ts";
import type { VideoCodec } from "../domain/video-codec.ts";

const transportCc = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/** As mediasoup's router has it, with things that are never offered among them. */
export const memoryCapabilities: RouterCapabilities = {
  codecs: [
    {
      kind: "audio",
      mimeType: "audio/opus",
      payloadType: 111,
      clockRate: 48_000,
      channels: 2,
      parameters: { minptime: 10, useinbandfec: 1 },
      rtcpFeedback: [{ type: "nack" }, { type: "transport-cc" }],
    },
    {
      kind: "video",
      mimeType: "video/VP8",
      payloadType: 100,
      clockRate: 90_000,
      parameters: {},
      rtcpFeedback: [
        { type: "nack" },
        { type: "nack", parameter: "pli" },
        { type: "ccm", parameter: "fir" },
        { type: "goog-remb" },
        { type: "transport-cc" },
      ],
    },
    {
      kind: "video",
      mimeType: "video/rtx",
      payloadType: 101,
      clockRate: 90_000,
      parameters: { apt: 100 },
      rtcpFeedback: [],
    },
  ],
  headerExtensions: [
    { kind: "audio", uri: "urn:ietf:params:rtp-hdrext:sdes:mid", id: 1 },
    { kind: "video", uri: "urn:ietf:params:rtp-hdrext:sdes:mid", id: 1 },
    { kind: "video", uri: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", id: 4 },
    { kind: "audio", uri: transportCc, id: 5 },
    { kind: "video", uri: transportCc, id: 5 },
    { kind: "audio", uri: "urn:ietf:params:rtp-hdrext:ssrc-audio-level", id: 6 },
    {
      kind: "video",
      uri: "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
      id: 7,
    },
  ],
};

export function memoryCapabilitiesOf(codec: VideoCodec): RouterCapabilities {
  const { codecs, headerExtensions } = memoryCapabilities;
  return {
    codecs: codecs.map((one) => (one.mimeType === "video/VP8" ? { ...one, mimeType: `video/${codec}` } : one)),
    headerExtensions,
  };
}
