import { alsoNamed, type Setting, text } from "./setting.ts";

/** Names as in RTP (RFC 4855): payload types and config.js have them so. */
export const videoCodecNames = ["VP8", "VP9", "AV1", "H264"] as const;
export type VideoCodecName = (typeof videoCodecNames)[number];

/** docker-jitsi-meet writes the list as in config.js: ["AV1","VP9"]. */
function readOrder(given: string): ReturnType<Setting<VideoCodecName>["parse"]> {
  const [first = ""] = given.replace(/^\s*\[|\]\s*$/g, "").split(",");
  const name = first.trim().replace(/^(["'])(.*)\1$/, "$2");
  const value = videoCodecNames.find((codec) => codec === name.toUpperCase());
  return value
    ? { ok: true, value }
    : { ok: false, expected: `a list that begins with one of ${videoCodecNames.join(", ")}` };
}

/**
 * The focus has conferences opened with it and the web role tells clients of it: both read one variable, since a client
 * picks layers by what it is told and not by what it is offered.
 */
export const codecSchema = {
  CODEC_ORDER_JVB: {
    ...alsoNamed(
      text("VP8", "The one video codec of all conferences: VP8, VP9, AV1 or H264; of a list, its first."),
      "VIDEOQUALITY_PREFERRED_CODEC",
    ),
    kind: "codecs",
    default: "VP8",
    parse: readOrder,
    format: String,
  } satisfies Setting<VideoCodecName>,
};
