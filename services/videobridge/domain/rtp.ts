/** RTP as the media engine speaks it: mediasoup's shapes, reduced to what a bridge uses. */

export type Kind = "audio" | "video";

export type RtcpFeedback = { readonly type: string; readonly parameter?: string };

export type RtpCodec = {
  readonly mimeType: string;
  readonly payloadType: number;
  readonly clockRate: number;
  readonly channels?: number;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly rtcpFeedback: readonly RtcpFeedback[];
};

export type RtpExtension = { readonly kind: Kind; readonly uri: string; readonly id: number };

/** What a router offers: its codecs with RTX beside them, and the ids of its header extensions. */
export type RouterCapabilities = {
  readonly codecs: readonly (RtpCodec & { readonly kind: Kind })[];
  readonly headerExtensions: readonly RtpExtension[];
};

/** What both sides can do in one medium. */
export type NegotiatedMedium = {
  readonly codec: RtpCodec;
  readonly rtx?: RtpCodec;
  readonly headerExtensions: readonly RtpExtension[];
};

export type Negotiated = { readonly [K in Kind]?: NegotiatedMedium };

/** One stream of a source; simulcast has several, low to high. */
export type Encoding = {
  readonly ssrc: number;
  readonly rtx?: { readonly ssrc: number };
  readonly scalabilityMode?: string;
};

export function isRtx(codec: { readonly mimeType: string }): boolean {
  return codec.mimeType.toLowerCase().endsWith("/rtx");
}
