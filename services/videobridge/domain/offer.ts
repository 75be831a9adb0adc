import { type MediaDescription, MediaKind, type PayloadType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { limits } from "./limits.ts";
import { accept, type Result, refuse } from "./result.ts";
import {
  isRtx,
  type Kind,
  type Negotiated,
  type NegotiatedMedium,
  type RouterCapabilities,
  type RtcpFeedback,
  type RtpCodec,
} from "./rtp.ts";

const audioLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
const absSendTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
const transportCc = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/**
 * Never mid nor rid: a client numbers its m-lines itself, consumers are stamped otherwise, and Chromium then drops
 * everything it receives. Without them both sides tell streams apart by SSRC.
 */
const offeredExtensions: Readonly<Record<Kind, readonly string[]>> = {
  audio: [audioLevel, transportCc],
  video: [absSendTime, transportCc],
};

const offeredFeedback: Readonly<Record<Kind, readonly string[]>> = {
  audio: ["transport-cc"],
  video: ["ccm fir", "nack", "nack pli", "transport-cc"],
};

/** Says what depends on what in a stream of layers: without it nobody could tell the layers of AV1 apart. */
const dependencyDescriptor = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

const kinds: readonly Kind[] = ["audio", "video"];

/** A router's capabilities without what is never offered. */
export function selectOffered(router: RouterCapabilities): RouterCapabilities {
  const isAv1 = router.codecs.some(({ mimeType }) => mimeType === "video/AV1");
  return {
    codecs: router.codecs.map((codec) => ({
      ...codec,
      rtcpFeedback: isRtx(codec) ? [] : codec.rtcpFeedback.filter((fb) => isOfferedFeedback(codec.kind, fb)),
    })),
    headerExtensions: router.headerExtensions.filter(
      ({ kind, uri }) => offeredExtensions[kind].includes(uri) || (isAv1 && uri === dependencyDescriptor),
    ),
  };
}

/** What a gateway is offered of it: sound, with its level, and nothing by which bandwidth is estimated. */
export function selectSound({ codecs, headerExtensions }: RouterCapabilities): RouterCapabilities {
  return {
    codecs: codecs.flatMap((codec) => (codec.kind === "audio" ? { ...codec, rtcpFeedback: [] } : [])),
    headerExtensions: headerExtensions.filter(({ kind, uri }) => kind === "audio" && uri === audioLevel),
  };
}

function isOfferedFeedback(kind: Kind, { type, parameter }: RtcpFeedback): boolean {
  return offeredFeedback[kind].includes(parameter ? `${type} ${parameter}` : type);
}

export function describeOffer(offered: RouterCapabilities) {
  const present = kinds.filter((kind) => offered.codecs.some((codec) => codec.kind === kind));
  return present.map((kind) => ({
    kind: kind === "audio" ? MediaKind.AUDIO : MediaKind.VIDEO,
    payloadTypes: offered.codecs
      .filter((codec) => codec.kind === kind)
      .map((codec) => ({
        id: codec.payloadType,
        name: codec.mimeType.slice(codec.mimeType.indexOf("/") + 1),
        clockRateHz: codec.clockRate,
        channels: codec.channels ?? 0,
        parameters: Object.fromEntries(Object.entries(codec.parameters).map(([name, value]) => [name, String(value)])),
        feedback: codec.rtcpFeedback.map(({ type, parameter }) => ({ type, parameter: parameter ?? "" })),
      })),
    headerExtensions: offered.headerExtensions.filter((ext) => ext.kind === kind).map(({ id, uri }) => ({ id, uri })),
  }));
}

/** What is left of an offer after the client accepted: payload types and extensions it doesn't name are not used. */
export function negotiate(offered: RouterCapabilities, accepted: readonly MediaDescription[]): Result<Negotiated> {
  if (accepted.length === 0) return refuse("expected at least one media description, found none");
  const negotiated: { [K in Kind]?: NegotiatedMedium } = {};
  for (const description of accepted) {
    const kind = kindOf(description.kind);
    if (!kind) return refuse(`expected a description of audio or video, found kind ${description.kind}`);
    if (negotiated[kind]) return refuse(`expected one description of ${kind}, found several`);
    const medium = negotiateMedium(offered, kind, description);
    if (!medium.ok) return medium;
    if (medium.value) negotiated[kind] = medium.value;
  }
  return accept(negotiated);
}

function negotiateMedium(
  offered: RouterCapabilities,
  kind: Kind,
  { payloadTypes, headerExtensions }: MediaDescription,
): Result<NegotiatedMedium | undefined> {
  if (payloadTypes.length > limits.payloadTypesPerDescription)
    return refuse(`expected at most ${limits.payloadTypesPerDescription} payload types, found ${payloadTypes.length}`);
  if (headerExtensions.length > limits.headerExtensionsPerDescription)
    return refuse(
      `expected at most ${limits.headerExtensionsPerDescription} header extensions, found ${headerExtensions.length}`,
    );
  const codecs: RtpCodec[] = [];
  const seen = new Set<number>();
  for (const payloadType of payloadTypes) {
    if (payloadType.id > 127) return refuse(`expected payload types of 0 to 127, found ${payloadType.id}`);
    if (seen.has(payloadType.id)) return refuse(`expected payload type ${payloadType.id} once, found it twice`);
    seen.add(payloadType.id);
    const codec = offered.codecs.find((one) => one.kind === kind && one.payloadType === payloadType.id);
    if (!codec) continue;
    if (!isSameCodec(codec, kind, payloadType))
      return refuse(`payload type ${payloadType.id}: expected ${codec.mimeType}, found ${kind}/${payloadType.name}`);
    codecs.push({ ...codec, parameters: readParameters(codec, payloadType) });
  }
  const codec = codecs.find((one) => !isRtx(one));
  if (!codec) return accept(undefined);
  const rtx = codecs.find((one) => isRtx(one) && one.parameters.apt === codec.payloadType);
  const extensions = offered.headerExtensions.filter(
    (ext) => ext.kind === kind && headerExtensions.some(({ id, uri }) => id === ext.id && uri === ext.uri),
  );
  return accept({ codec, ...(rtx ? { rtx } : {}), headerExtensions: extensions });
}

function isSameCodec(codec: RtpCodec, kind: Kind, { name, clockRateHz }: PayloadType): boolean {
  return codec.mimeType.toLowerCase() === `${kind}/${name.toLowerCase()}` && codec.clockRate === clockRateHz;
}

/** Numbers as numbers; RTX belongs to what we offered, whatever a client says. */
function readParameters(codec: RtpCodec, payloadType: PayloadType): Record<string, string | number> {
  if (isRtx(codec)) return { ...codec.parameters };
  const parameters: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(payloadType.parameters)) {
    if (name.length > 32 || value.length > 64) continue;
    parameters[name] = /^\d{1,9}$/.test(value) ? Number(value) : value;
  }
  return parameters;
}

export function kindOf(kind: number): Kind | undefined {
  if (kind === MediaKind.AUDIO) return "audio";
  if (kind === MediaKind.VIDEO) return "video";
  return undefined;
}

/** What every client, or every gateway, of a conference is offered. */
export type Offer = {
  readonly capabilities: RouterCapabilities;
  readonly descriptions: ReturnType<typeof describeOffer>;
  /** As if all of it were accepted: until the answer is there, sources are prepared for that. */
  readonly negotiated: Negotiated;
};

export function makeOffer(router: RouterCapabilities): Offer {
  const capabilities = selectOffered(router);
  const medium = (kind: Kind): NegotiatedMedium | undefined => {
    const codec = capabilities.codecs.find((one) => one.kind === kind && !isRtx(one));
    if (!codec) return undefined;
    const rtx = capabilities.codecs.find((one) => isRtx(one) && one.parameters.apt === codec.payloadType);
    const headerExtensions = capabilities.headerExtensions.filter((ext) => ext.kind === kind);
    return { codec, ...(rtx ? { rtx } : {}), headerExtensions };
  };
  const audio = medium("audio");
  const video = medium("video");
  return {
    capabilities,
    descriptions: describeOffer(capabilities),
    negotiated: { ...(audio ? { audio } : {}), ...(video ? { video } : {}) },
  };
}
