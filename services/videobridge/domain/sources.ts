import { MediaKind, type Source, VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { limits } from "./limits.ts";
import { kindOf } from "./offer.ts";
import { accept, type Result, refuse } from "./result.ts";
import type { Encoding, Kind } from "./rtp.ts";
import { isLayeredInOneStream, scalabilityMode, type VideoCodec } from "./video-codec.ts";

/** A source as its sender described it, checked. */
export type SentSource = {
  readonly name: string;
  readonly owner: string;
  readonly kind: Kind;
  readonly videoType: VideoType;
  readonly msid: string;
  readonly ssrcs: readonly number[];
  readonly groups: readonly { readonly semantics: string; readonly ssrcs: readonly number[] }[];
  /** Low to high. */
  readonly encodings: readonly Encoding[];
};

/** A source as one receiver sees it. */
export type ReceivedSsrcs = { readonly ssrc: number; readonly rtxSsrc?: number };

type Group = { readonly semantics: string; readonly ssrcs: readonly number[] };

/**
 * Sources that `owner` wants to send beside those in `present`. Everything is checked here, since the media engine's
 * worker is a process for all: what would stop it must not reach it.
 */
export function readSources(
  owner: string,
  sources: readonly Source[],
  present: readonly SentSource[],
  reservedSsrcs: ReadonlySet<number>,
  codec: VideoCodec,
): Result<SentSource[]> {
  const read: SentSource[] = [];
  const ssrcs = new Set(present.flatMap((source) => source.ssrcs));
  const names = new Set(present.map((source) => source.name));
  for (const source of sources) {
    const one = readSource(owner, source, codec);
    if (!one.ok) return one;
    if (names.has(one.value.name)) return refuse(`source ${one.value.name}: is there already, remove it first`);
    names.add(one.value.name);
    for (const ssrc of one.value.ssrcs) {
      if (ssrcs.has(ssrc)) return refuse(`source ${one.value.name}: SSRC ${ssrc} is another source's already`);
      if (reservedSsrcs.has(ssrc)) return refuse(`source ${one.value.name}: SSRC ${ssrc} is one that the bridge sends`);
      ssrcs.add(ssrc);
    }
    read.push(one.value);
  }
  const groups = [...present, ...read].reduce((sum, source) => sum + source.groups.length, 0);
  if (names.size > limits.sourcesPerEndpoint)
    return refuse(`expected at most ${limits.sourcesPerEndpoint} sources, found ${names.size}`);
  if (ssrcs.size > limits.ssrcsPerEndpoint)
    return refuse(`expected at most ${limits.ssrcsPerEndpoint} SSRCs, found ${ssrcs.size}`);
  if (groups > limits.groupsPerEndpoint)
    return refuse(`expected at most ${limits.groupsPerEndpoint} SSRC groups, found ${groups}`);
  return accept(read);
}

function readSource(owner: string, source: Source, codec: VideoCodec): Result<SentSource> {
  const { name } = source;
  if (name.length > limits.sourceNameLength)
    return refuse(`expected a source name of at most ${limits.sourceNameLength} characters, found ${name.length}`);
  const kind = kindOf(source.kind);
  if (!kind) return refuse(`source ${name}: expected audio or video, found kind ${source.kind}`);
  if (!name.startsWith(`${owner}-`) || !/^[av]\d{1,3}$/.test(name.slice(owner.length + 1)))
    return refuse(`expected a source name like ${owner}-${kind[0]}0, found ${JSON.stringify(name)}`);
  if (name[owner.length + 1] !== kind[0]) return refuse(`source ${name}: the name says another kind than ${kind}`);
  if (source.owner && source.owner !== owner) return refuse(`source ${name}: expected owner ${owner}`);
  if (source.msid.length > limits.msidLength)
    return refuse(`source ${name}: expected an msid of at most ${limits.msidLength} characters`);
  const encodings = readEncodings(name, kind, source, codec);
  if (!encodings.ok) return encodings;
  const { ssrcs, groups, msid } = source;
  return accept({
    name,
    owner,
    kind,
    videoType: kind === "audio" ? VideoType.UNSPECIFIED : source.videoType || VideoType.CAMERA,
    msid,
    ssrcs: [...ssrcs],
    groups: groups.map((group) => ({ semantics: group.semantics, ssrcs: [...group.ssrcs] })),
    encodings: encodings.value,
  });
}

function readEncodings(
  name: string,
  kind: Kind,
  { ssrcs, groups, videoType }: Source,
  codec: VideoCodec,
): Result<Encoding[]> {
  const first = ssrcs[0];
  if (first === undefined) return refuse(`source ${name}: expected at least one SSRC, found none`);
  if (ssrcs.length > limits.ssrcsPerEndpoint || groups.length > limits.groupsPerEndpoint)
    return refuse(`source ${name}: expected at most ${limits.ssrcsPerEndpoint} SSRCs and groups`);
  if (new Set(ssrcs).size !== ssrcs.length) return refuse(`source ${name}: an SSRC is there twice`);
  const bad = ssrcs.find((ssrc) => !Number.isInteger(ssrc) || ssrc < 1 || ssrc > 0xffff_ffff);
  if (bad !== undefined) return refuse(`source ${name}: expected SSRCs of 1 to 4294967295, found ${bad}`);
  if (kind === "audio") return accept([{ ssrc: first }]);

  const stranger = groups.find((group) => group.ssrcs.some((ssrc) => !ssrcs.includes(ssrc)));
  if (stranger) return refuse(`source ${name}: its ${stranger.semantics.slice(0, 8)} group names an SSRC it lacks`);
  const rtx = readRetransmission(name, groups);
  if (!rtx.ok) return rtx;
  const simulcast = groups.filter((group) => group.semantics === "SIM");
  if (simulcast.length > 1) return refuse(`source ${name}: expected at most one SIM group, found ${simulcast.length}`);
  const layers = simulcast[0]?.ssrcs;
  if (layers) {
    const read = readLayers(name, layers, rtx.value, scalabilityMode(codec, true, videoType));
    return read.ok && isLayeredInOneStream(codec) ? accept(read.value.slice(0, 1)) : read;
  }
  const primary = groups.find((group) => group.semantics === "FID")?.ssrcs[0] ?? first;
  return accept([encoding(primary, rtx.value, scalabilityMode(codec, false, videoType))]);
}

/** From primary SSRC to that of its retransmissions. */
function readRetransmission(name: string, groups: readonly Group[]): Result<Map<number, number>> {
  const rtx = new Map<number, number>();
  const used = new Set<number>();
  for (const group of groups) {
    if (group.semantics !== "FID") continue;
    const [primary, retransmission] = group.ssrcs;
    if (group.ssrcs.length !== 2 || primary === undefined || retransmission === undefined)
      return refuse(`source ${name}: expected 2 SSRCs in a FID group, found ${group.ssrcs.length}`);
    if (primary === retransmission || used.has(primary) || used.has(retransmission))
      return refuse(`source ${name}: an SSRC is in two FID groups`);
    used.add(primary).add(retransmission);
    rtx.set(primary, retransmission);
  }
  return accept(rtx);
}

function readLayers(
  name: string,
  layers: readonly number[],
  rtx: ReadonlyMap<number, number>,
  mode: string | undefined,
): Result<Encoding[]> {
  if (layers.length === 0 || layers.length > limits.simulcastLayers)
    return refuse(`source ${name}: expected 1 to ${limits.simulcastLayers} SSRCs in a SIM group`);
  if (new Set(layers).size !== layers.length) return refuse(`source ${name}: an SSRC is twice in its SIM group`);
  const retransmissions = new Set(rtx.values());
  if (layers.some((ssrc) => retransmissions.has(ssrc)))
    return refuse(`source ${name}: an SSRC is both a simulcast layer and a retransmission`);
  return accept(layers.map((ssrc) => encoding(ssrc, rtx, mode)));
}

function encoding(ssrc: number, rtx: ReadonlyMap<number, number>, scalabilityMode: string | undefined): Encoding {
  const retransmission = rtx.get(ssrc);
  return {
    ssrc,
    ...(retransmission === undefined ? {} : { rtx: { ssrc: retransmission } }),
    ...(scalabilityMode === undefined ? {} : { scalabilityMode }),
  };
}

/** Whether a repeated request describes what is already there. */
export function isSameSource(
  present: SentSource,
  repeated: { readonly name: string; readonly ssrcs: readonly number[] },
): boolean {
  return (
    present.name === repeated.name &&
    present.ssrcs.length === repeated.ssrcs.length &&
    present.ssrcs.every((ssrc, index) => ssrc === repeated.ssrcs[index])
  );
}

/** A sender's own view, as it described itself. */
export function describeSent(source: SentSource) {
  return {
    name: source.name,
    owner: source.owner,
    kind: toMediaKind(source.kind),
    videoType: source.videoType,
    msid: source.msid,
    ssrcs: [...source.ssrcs],
    groups: source.groups.map((group) => ({ semantics: group.semantics, ssrcs: [...group.ssrcs] })),
  };
}

/** What one receiver is told: one primary SSRC and one for retransmissions, whatever the sender's layers are. */
export function describeReceived(source: SentSource, { ssrc, rtxSsrc }: ReceivedSsrcs) {
  return {
    name: source.name,
    owner: source.owner,
    kind: toMediaKind(source.kind),
    videoType: source.videoType,
    msid: source.msid,
    ssrcs: rtxSsrc === undefined ? [ssrc] : [ssrc, rtxSsrc],
    groups: rtxSsrc === undefined ? [] : [{ semantics: "FID", ssrcs: [ssrc, rtxSsrc] }],
  };
}

export type DescribedSource = ReturnType<typeof describeReceived>;

/**
 * The bridge's own sources. They come first in each medium of an offer: the client joins its microphone and camera to
 * their m-lines, which stay for the whole session, and never makes tracks of a stream called mixedmslabel.
 */
export function describeFeedback(kind: Kind, ssrc: number): DescribedSource {
  return {
    name: `jvb-${kind[0]}0`,
    owner: "jvb",
    kind: toMediaKind(kind),
    videoType: VideoType.UNSPECIFIED,
    msid: `mixedmslabel mixedlabel${kind}0`,
    ssrcs: [ssrc],
    groups: [],
  };
}

function toMediaKind(kind: Kind): MediaKind {
  return kind === "audio" ? MediaKind.AUDIO : MediaKind.VIDEO;
}
