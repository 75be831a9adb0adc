/** Session descriptions as lib-jitsi-meet makes them of Jingle: one m-line for each source, no ice-lite, no mid extension. */
import type { CreateEndpointResponse } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import {
  type MediaDescription,
  MediaKind,
  type Source,
  type Transport,
} from "@veche/proto/gen/veche/media/v1/media_pb.ts";

export type OfferOptions = {
  readonly isIceLite?: boolean;
  /** Only candidates of this protocol. */
  readonly protocol?: "udp" | "tcp";
  /** Where all candidates are instead: a link between client and bridge. */
  readonly port?: number;
};

/** A medium of the session; a source that was withdrawn keeps its place, with port 0. */
export type MediaLine = { readonly source: Source; readonly isRejected?: boolean };

type Offered = Pick<CreateEndpointResponse, "descriptions" | "transport">;

export function writeOffer(
  offer: Offered,
  lines: readonly MediaLine[],
  version: number,
  options: OfferOptions,
): string {
  const mids = lines.flatMap(({ isRejected }, index) => (isRejected ? [] : [index]));
  const session = [
    "v=0",
    `o=- 1 ${version} IN IP4 0.0.0.0`,
    "s=-",
    "t=0 0",
    ...(options.isIceLite ? ["a=ice-lite"] : []),
    "a=msid-semantic: WMS *",
    "a=extmap-allow-mixed",
    `a=group:BUNDLE ${mids.join(" ")}`,
  ];
  const firstOfKind = (index: number) =>
    lines.findIndex(({ source }) => source.kind === lines[index]?.source.kind) === index;
  const media = lines.flatMap((line, index) => writeMedium(offer, line, index, firstOfKind(index), options));
  return `${[...session, ...media].join("\r\n")}\r\n`;
}

function writeMedium(
  { descriptions, transport }: Offered,
  { source, isRejected }: MediaLine,
  index: number,
  isOwn: boolean,
  options: OfferOptions,
): string[] {
  const description = descriptions.find(({ kind }) => kind === source.kind) as MediaDescription;
  const medium = source.kind === MediaKind.AUDIO ? "audio" : "video";
  const ids = description.payloadTypes.map(({ id }) => id).join(" ");
  return [
    `m=${medium} ${isRejected ? 0 : 9} UDP/TLS/RTP/SAVPF ${ids}`,
    "c=IN IP4 0.0.0.0",
    "a=rtcp:1 IN IP4 0.0.0.0",
    ...writeTransport(transport as Transport, options),
    `a=mid:${index}`,
    `a=${isRejected ? "inactive" : isOwn ? "sendrecv" : "sendonly"}`,
    "a=rtcp-mux",
    ...description.headerExtensions.map(({ id, uri }) => `a=extmap:${id} ${uri}`),
    ...description.payloadTypes.flatMap(({ id, name, clockRateHz, channels, parameters, feedback }) => [
      `a=rtpmap:${id} ${name}/${clockRateHz}${channels > 1 ? `/${channels}` : ""}`,
      ...(Object.keys(parameters).length > 0
        ? [
            `a=fmtp:${id} ${Object.entries(parameters)
              .map(([key, value]) => `${key}=${value}`)
              .join(";")}`,
          ]
        : []),
      ...feedback.map(({ type, parameter }) => `a=rtcp-fb:${id} ${type}${parameter ? ` ${parameter}` : ""}`),
    ]),
    ...(isRejected ? [] : writeSsrcs(source)),
  ];
}

function writeTransport(
  { ufrag, pwd, fingerprints, candidates }: Transport,
  { protocol, port }: OfferOptions,
): string[] {
  return [
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
    ...fingerprints.map(({ hash, value }) => `a=fingerprint:${hash} ${value}`),
    `a=setup:${fingerprints[0]?.setup}`,
    ...candidates
      .filter((candidate) => protocol === undefined || candidate.protocol === protocol)
      .map(
        (one) =>
          `a=candidate:${one.foundation} ${one.component} ${one.protocol} ${one.priority} ${one.ip} ${port ?? one.port} typ ${one.type}${one.tcpType ? ` tcptype ${one.tcpType}` : ""} generation 0`,
      ),
  ];
}

function writeSsrcs({ ssrcs, groups, msid }: Source): string[] {
  return [
    ...(msid ? [`a=msid:${msid}`] : []),
    ...groups.map((group) => `a=ssrc-group:${group.semantics} ${group.ssrcs.join(" ")}`),
    ...ssrcs.flatMap((ssrc) => [`a=ssrc:${ssrc} cname:mixed`, ...(msid ? [`a=ssrc:${ssrc} msid:${msid}`] : [])]),
  ];
}

/** Three layers written into an answer, as lib-jitsi-meet's simulcast does for Chromium. */
export function mungeSimulcast(answer: string): string {
  const [session, ...media] = answer.split(/(?=^m=)/m);
  return [session, ...media.map((medium) => (isOwnVideo(medium) ? addLayers(medium) : medium))].join("");
}

function isOwnVideo(medium: string): boolean {
  return medium.startsWith("m=video") && /^a=ssrc-group:FID/m.test(medium);
}

function addLayers(medium: string): string {
  const [, primaryText, rtxText] = /^a=ssrc-group:FID (\d+) (\d+)/m.exec(medium) ?? [];
  const primary = Number(primaryText);
  const rtx = Number(rtxText);
  const attributes = [...medium.matchAll(new RegExp(`^a=ssrc:${primary} (.*)\\r$`, "gm"))].map(([, value]) => value);
  const layers = [0, 1, 2].map((layer) => [primary + layer * 2, rtx + layer * 2 + (layer > 0 ? 1001 : 0)] as const);
  const lines = [
    `a=ssrc-group:SIM ${layers.map(([ssrc]) => ssrc).join(" ")}`,
    ...layers.map(([ssrc, retransmission]) => `a=ssrc-group:FID ${ssrc} ${retransmission}`),
    ...layers.flat().flatMap((ssrc) => attributes.map((attribute) => `a=ssrc:${ssrc} ${attribute}`)),
  ];
  const kept = medium
    .split("\r\n")
    .filter((line) => line !== "" && !line.startsWith("a=ssrc:") && !line.startsWith("a=ssrc-group:"));
  return `${[...kept, ...lines].join("\r\n")}\r\n`;
}

/** What a session-accept would say of an answer. */
export function readAnswer(answer: string, endpoint: string) {
  const media = answer.split(/(?=^m=)/m).slice(1);
  const first = (kind: string) => media.find((medium) => medium.startsWith(`m=${kind}`)) ?? "";
  const kinds = [
    { kind: MediaKind.AUDIO, medium: first("audio"), name: `${endpoint}-a0` },
    { kind: MediaKind.VIDEO, medium: first("video"), name: `${endpoint}-v0` },
  ];
  return {
    descriptions: kinds.map(({ kind, medium }) => ({ kind, ...readMedium(medium) })),
    transport: {
      ufrag: attribute(answer, "ice-ufrag"),
      pwd: attribute(answer, "ice-pwd"),
      fingerprints: [readFingerprint(answer)],
    },
    sources: kinds.flatMap(({ kind, medium, name }) => readSource(medium, kind, name, endpoint)),
  };
}

function attribute(sdp: string, name: string): string {
  return new RegExp(`^a=${name}:(.*)\\r$`, "m").exec(sdp)?.[1] ?? "";
}

function readFingerprint(sdp: string) {
  const [hash = "", value = ""] = attribute(sdp, "fingerprint").split(" ");
  return { hash, value, setup: attribute(sdp, "setup") };
}

function readMedium(medium: string) {
  const lines = [...medium.matchAll(/^a=rtpmap:(\d+) ([^/]+)\/(\d+)(?:\/(\d+))?/gm)];
  return {
    payloadTypes: lines.map(([, id, name, clockRateHz, channels]) => ({
      id: Number(id),
      name: name as string,
      clockRateHz: Number(clockRateHz),
      channels: Number(channels ?? 0),
      parameters: readParameters(medium, Number(id)),
    })),
    headerExtensions: [...medium.matchAll(/^a=extmap:(\d+)(?:\/\w+)? (\S+)/gm)].map(([, id, uri]) => ({
      id: Number(id),
      uri: uri as string,
    })),
  };
}

function readParameters(medium: string, id: number): Record<string, string> {
  const [, text = ""] = new RegExp(`^a=fmtp:${id} (.*)\\r$`, "m").exec(medium) ?? [];
  return Object.fromEntries(
    text
      .split(";")
      .filter((part) => part.includes("="))
      .map((part) => part.trim().split("=", 2) as [string, string]),
  );
}

function readSource(medium: string, kind: MediaKind, name: string, owner: string) {
  const ssrcs = [...new Set([...medium.matchAll(/^a=ssrc:(\d+)/gm)].map(([, ssrc]) => Number(ssrc)))];
  if (ssrcs.length === 0) return [];
  const groups = [...medium.matchAll(/^a=ssrc-group:(\w+) ([\d ]+)/gm)].map(([, semantics, list]) => ({
    semantics: semantics as string,
    ssrcs: (list as string).trim().split(" ").map(Number),
  }));
  return [{ name, owner, kind, msid: attribute(medium, "msid"), ssrcs, groups }];
}
