/** XEP-0176 1.1.1, https://xmpp.org/extensions/xep-0176.html: the ICE transport, with DTLS and the bridge channel in it. */
import { isIP } from "node:net";
import { create } from "@bufbuild/protobuf";
import {
  type IceCandidate,
  IceCandidateSchema,
  type Transport,
  TransportSchema,
} from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { ns } from "./namespaces.ts";
import { atMost, optionalInteger, optionalText, requiredInteger, requiredText, unreadable } from "./reading.ts";
import { readFingerprints, writeFingerprint } from "./xep0320-dtls.ts";
import { childrenOf, type Element, el } from "./xml/element.ts";

const maxCandidates = 50;
const maxPort = 65_535;
const maxPriority = 2 ** 32 - 1;
const printable = /^[\x21-\x7e]*$/;

export function readTransport(transport: Element): Transport {
  const candidates = atMost(childrenOf(transport, "candidate"), maxCandidates, "candidates");
  return create(TransportSchema, {
    ufrag: readCredential(transport, "ufrag"),
    pwd: readCredential(transport, "pwd"),
    candidates: candidates.map(readCandidate).filter((candidate) => candidate !== undefined),
    fingerprints: readFingerprints(transport),
    iceGeneration: optionalInteger(transport, "ice-generation", 0, 1_000_000, 0),
  });
}

/** RFC 8839 5.4: at most 256 characters. */
function readCredential(transport: Element, attribute: string): string {
  const value = optionalText(transport, attribute, 256);
  if (!printable.test(value)) unreadable(`${attribute} has printable characters only`);
  return value;
}

/** Undefined for an address we can't reach: a name that hides a local address (mDNS). */
function readCandidate(candidate: Element): IceCandidate | undefined {
  const ip = requiredText(candidate, "ip", 255);
  if (isIP(ip) === 0) return undefined;
  const protocol = requiredText(candidate, "protocol", 8).toLowerCase();
  return create(IceCandidateSchema, {
    foundation: requiredText(candidate, "foundation", 32),
    component: requiredInteger(candidate, "component", 1, 256),
    protocol: protocol.startsWith("ssltcp") ? "tcp" : protocol,
    priority: requiredInteger(candidate, "priority", 0, maxPriority),
    ip,
    port: requiredInteger(candidate, "port", 0, maxPort),
    type: requiredText(candidate, "type", 16),
    tcpType: optionalText(candidate, "tcptype", 16),
  });
}

export function writeTransport(transport: Transport, channelUrl?: string): Element {
  const { ufrag, pwd, candidates, fingerprints, iceGeneration } = transport;
  return el(
    "transport",
    { xmlns: ns.iceUdp, ufrag, pwd, "ice-generation": iceGeneration > 0 ? iceGeneration : undefined },
    el("rtcp-mux", { xmlns: ns.rtp }),
    fingerprints.map(writeFingerprint),
    channelUrl === undefined ? undefined : el("web-socket", { xmlns: ns.colibri, url: channelUrl }),
    candidates.map(writeCandidate),
  );
}

function writeCandidate(candidate: IceCandidate, index: number): Element {
  const { foundation, component, protocol, priority, ip, port, type, tcpType } = candidate;
  return el("candidate", {
    xmlns: ns.iceUdp,
    component: component || 1,
    foundation,
    generation: 0,
    id: `c${index + 1}`,
    ip,
    network: 0,
    port,
    priority,
    protocol,
    type,
    tcptype: tcpType || undefined,
  });
}
