// Reads the focus' session-initiate (XEP-0166, 0167, 0176, 0320, 0294, 0293, 0338, 0339).
import { childNamed, childrenNamed, textOf, type XmlElement } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { readJsonSources } from "./json-sources.ts";
import { type MediaKind, readSources, type Source } from "./source.ts";

export interface PayloadType {
  readonly id: number;
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number;
  readonly parameters: readonly (readonly [string, string])[];
  readonly feedback: readonly string[];
}

export interface HeaderExtension {
  readonly id: number;
  readonly uri: string;
}

export interface MediaFormat {
  readonly kind: MediaKind;
  readonly payloadTypes: readonly PayloadType[];
  readonly extensions: readonly HeaderExtension[];
  readonly mixedExtensionLengths: boolean;
}

export interface Candidate {
  readonly foundation: string;
  readonly component: number;
  readonly protocol: string;
  readonly priority: number;
  readonly ip: string;
  readonly port: number;
  readonly type: string;
  readonly tcpType: string | undefined;
}

export interface Fingerprint {
  readonly hash: string;
  readonly value: string;
}

export interface Offer {
  readonly sid: string;
  readonly initiator: string;
  readonly formats: readonly MediaFormat[];
  readonly ufrag: string;
  readonly pwd: string;
  readonly fingerprints: readonly Fingerprint[];
  readonly candidates: readonly Candidate[];
  readonly sources: readonly Source[];
  readonly bridgeSessionId: string | undefined;
  readonly webSocketUrls: readonly string[];
}

/** Protocols of candidates that the page was told not to use. */
export interface CandidateRules {
  readonly withoutUdp: boolean;
  readonly withoutTcp: boolean;
}

export function readOffer(jingle: XmlElement, rules: CandidateRules): Offer | undefined {
  const contents = childrenNamed(jingle, "content").filter((content) =>
    childNamed(content, "description", NS.jingleRtp),
  );
  const transport = contents
    .map((content) => childNamed(content, "transport", NS.jingleIceUdp))
    .find((each) => each?.attrs.ufrag);
  if (!transport || contents.length === 0) return undefined;
  const refused = (protocol: string) => (protocol === "udp" ? rules.withoutUdp : rules.withoutTcp);
  return {
    sid: jingle.attrs.sid ?? "",
    initiator: jingle.attrs.initiator ?? "",
    formats: contents.map((content) =>
      readFormat(childNamed(content, "description", NS.jingleRtp), content.attrs.name),
    ),
    ufrag: transport.attrs.ufrag ?? "",
    pwd: transport.attrs.pwd ?? "",
    fingerprints: childrenNamed(transport, "fingerprint").map((each) => ({
      hash: each.attrs.hash ?? "sha-256",
      value: textOf(each).trim(),
    })),
    candidates: readCandidates(transport).filter(({ protocol }) => !refused(protocol)),
    sources: [...readSources(jingle), ...readJsonSources(jingle)],
    bridgeSessionId: childNamed(jingle, "bridge-session", NS.focus)?.attrs.id,
    webSocketUrls: [
      ...new Set(
        contents
          .flatMap((content) => childrenNamed(childNamed(content, "transport"), "web-socket", NS.colibri))
          .map(({ attrs }) => attrs.url ?? "")
          .filter(Boolean),
      ),
    ],
  };
}

function readFormat(description: XmlElement | undefined, contentName: string | undefined): MediaFormat {
  return {
    kind: (description?.attrs.media ?? contentName) === "audio" ? "audio" : "video",
    payloadTypes: childrenNamed(description, "payload-type").map(readPayloadType),
    extensions: childrenNamed(description, "rtp-hdrext", NS.jingleHdrExt).map(({ attrs }) => ({
      id: Number(attrs.id),
      uri: attrs.uri ?? "",
    })),
    mixedExtensionLengths: childNamed(description, "extmap-allow-mixed") !== undefined,
  };
}

function readPayloadType(element: XmlElement): PayloadType {
  const { id, name = "", clockrate, channels } = element.attrs;
  return {
    id: Number(id),
    name,
    clockRate: Number(clockrate),
    channels: Number(channels ?? 1),
    parameters: childrenNamed(element, "parameter").map(({ attrs }) => [attrs.name ?? "", attrs.value ?? ""]),
    feedback: childrenNamed(element, "rtcp-fb", NS.jingleRtcpFb).map(({ attrs }) =>
      [attrs.type, attrs.subtype].filter(Boolean).join(" "),
    ),
  };
}

function readCandidates(transport: XmlElement): Candidate[] {
  return childrenNamed(transport, "candidate").map(({ attrs }) => ({
    foundation: attrs.foundation ?? "1",
    component: Number(attrs.component ?? 1),
    protocol: (attrs.protocol ?? "udp").toLowerCase(),
    priority: Number(attrs.priority ?? 1),
    ip: attrs.ip ?? "",
    port: Number(attrs.port ?? 0),
    type: attrs.type ?? "host",
    tcpType: attrs.tcptype,
  }));
}
