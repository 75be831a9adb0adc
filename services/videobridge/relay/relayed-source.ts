import type { RelayedSource, RelayTransport } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { type Source, VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { limits } from "../domain/limits.ts";
import { kindOf, negotiate } from "../domain/offer.ts";
import { type RemoteAddress, readRemoteAddress } from "../domain/plain-address.ts";
import { accept, type Result, refuse } from "../domain/result.ts";
import type { Encoding, NegotiatedMedium, RouterCapabilities } from "../domain/rtp.ts";
import { readSources, type SentSource } from "../domain/sources.ts";
import type { VideoCodec } from "../domain/video-codec.ts";

/** Extensions and feedback by which bandwidth is estimated: between bridges it is not. */
const estimating = {
  extensions: [
    "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  ],
  feedback: ["transport-cc", "goog-remb"],
};

const scalability = /^[LS][1-3]T[1-3](h|_KEY|_KEY_SHIFT)?$/;

/** What a source that crosses needs to have sent along, out of what clients are offered. */
export function selectCrossing({ codecs, headerExtensions }: RouterCapabilities): RouterCapabilities {
  return {
    codecs: codecs.map((codec) => ({
      ...codec,
      rtcpFeedback: codec.rtcpFeedback.filter(({ type }) => !estimating.feedback.includes(type)),
    })),
    headerExtensions: headerExtensions.filter(({ uri }) => !estimating.extensions.includes(uri)),
  };
}

/** Sources of endpoints elsewhere, as the focus describes them. */
export function readRemoteSources(sources: readonly Source[], codec: VideoCodec): Result<SentSource[]> {
  const byOwner = new Map<string, Source[]>();
  for (const source of sources) {
    const { owner } = source;
    if (owner.length === 0 || owner.length > limits.idLength)
      return refuse(`source ${source.name}: expected an owner of 1 to ${limits.idLength} characters`);
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), source]);
  }
  const read: SentSource[] = [];
  for (const [owner, own] of byOwner) {
    const one = readSources(owner, own, [], new Set(), codec);
    if (!one.ok) return one;
    read.push(...one.value);
  }
  return accept(read);
}

/** The other end of a relay. */
export type RelayEnd = RemoteAddress & { readonly id: string };

export function readRelayEnd(transport: RelayTransport | undefined): Result<RelayEnd> {
  if (!transport) return refuse("relay: expected a transport, found none");
  const { id } = transport;
  if (id.length === 0 || id.length > limits.idLength) return refuse("relay: expected an id of its transport");
  const address = readRemoteAddress("relay", transport);
  return address.ok ? accept({ id, ...address.value }) : address;
}

export type SourceState = { readonly videoType: VideoType; readonly isSending: boolean };

export type ReadRelayed = {
  readonly medium: NegotiatedMedium;
  readonly encodings: readonly Encoding[];
  readonly state: SourceState;
};

/** What another bridge says it sends of a source. `used`: SSRCs that come by this relay already. */
export function readRelayed(
  relayed: RelayedSource,
  { name, kind, videoType }: SentSource,
  capabilities: RouterCapabilities,
  used: ReadonlySet<number>,
): Result<ReadRelayed> {
  if (kindOf(relayed.kind) !== kind) return refuse(`source ${name}: it is relayed as another kind than ${kind}`);
  const negotiated = negotiate(capabilities, relayed.description ? [relayed.description] : []);
  if (!negotiated.ok) return negotiated;
  const medium = negotiated.value[kind];
  if (!medium) return refuse(`source ${name}: the bridges have no codec of ${kind} in common`);
  const { encodings: given } = relayed;
  if (given.length === 0 || given.length > limits.simulcastLayers || (kind === "audio" && given.length > 1))
    return refuse(`source ${name}: expected 1 to ${limits.simulcastLayers} relayed streams, found ${given.length}`);
  const encodings = given.map(({ ssrc, rtxSsrc, scalabilityMode }) => ({
    ssrc,
    ...(medium.rtx && rtxSsrc !== 0 ? { rtx: { ssrc: rtxSsrc } } : {}),
    ...(scalability.test(scalabilityMode) ? { scalabilityMode } : {}),
  }));
  const ssrcs = ssrcsOf(encodings);
  if (ssrcs.some((ssrc) => ssrc < 1 || used.has(ssrc)) || new Set(ssrcs).size !== ssrcs.length)
    return refuse(`source ${name}: expected SSRCs that no other relayed stream has`);
  return accept({ medium, encodings, state: readState(relayed.state, videoType) });
}

export function ssrcsOf(encodings: readonly Encoding[]): number[] {
  return encodings.flatMap(({ ssrc, rtx }) => (rtx ? [ssrc, rtx.ssrc] : [ssrc]));
}

/** Absent: sending what it was said to be. */
export function readState(state: RelayedSource["state"], videoType: VideoType): SourceState {
  if (!state) return { videoType, isSending: true };
  return {
    videoType: state.videoType === VideoType.UNSPECIFIED ? videoType : state.videoType,
    isSending: state.sending,
  };
}
