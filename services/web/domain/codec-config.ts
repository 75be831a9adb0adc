/** As the setting CODEC_ORDER_JVB has them. */
export type VideoCodecName = "VP8" | "VP9" | "AV1" | "H264";

/** Codecs of which one stream holds several sizes; the bridge takes no simulcast of them. */
const layeredCodecs: readonly VideoCodecName[] = ["VP9", "AV1"];

/**
 * COMPAT: lib-jitsi-meet picks codecs, simulcast and scalability modes by this part of config.js and by what the browser
 * can, not by the offer; so it names the one codec that conferences have, and no other one for screens.
 */
export function videoQuality(codec: VideoCodecName) {
  return { ...codecOrder(codec), ...(layeredCodecs.includes(codec) ? { [codec.toLowerCase()]: oneStream } : {}) };
}

export function codecOrder(codec: VideoCodecName) {
  return { codecPreferenceOrder: [codec], mobileCodecPreferenceOrder: [codec] };
}

const oneStream = { scalabilityModeEnabled: true, useSimulcast: false, useKSVC: true };
