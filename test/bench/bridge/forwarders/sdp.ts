/** SDP (RFC 8866) of one stream of pictures: as much as it takes to publish, and to subscribe to, a room of Janus. */
import type { Agreement } from "../../../load/session.ts";
import type { Own } from "./forwarder.ts";

type Transport = Own & { readonly ip: string };

const payloadType = 100;
const uris = {
  absSendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  transportSequence: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
} as const;

export function writeOffer(transport: Transport, ssrc: number): string {
  return write(transport, "0", [
    `a=sendonly`,
    ...codecLines(payloadType),
    `a=extmap:4 ${uris.absSendTime}`,
    `a=extmap:5 ${uris.transportSequence}`,
    `a=ssrc:${ssrc} cname:bench`,
  ]);
}

/** Takes what was offered. */
export function writeAnswer(transport: Transport, offer: string): string {
  const mid = /^a=mid:(\S+)/m.exec(offer)?.[1] ?? "0";
  const extensions = offer.split("\r\n").filter((line) => line.startsWith("a=extmap:"));
  return write(
    transport,
    mid,
    ["a=recvonly", ...codecLines(payloadTypeIn(offer)), ...extensions],
    payloadTypeIn(offer),
  );
}

function codecLines(id: number): string[] {
  const feedback = ["nack", "nack pli", "ccm fir", "transport-cc"].map((kind) => `a=rtcp-fb:${id} ${kind}`);
  return [`a=rtpmap:${id} VP8/90000`, ...feedback];
}

function write(
  { ufrag, pwd, fingerprint, ip, port }: Transport,
  mid: string,
  lines: string[],
  id = payloadType,
): string {
  return [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    `a=group:BUNDLE ${mid}`,
    `m=video 9 UDP/TLS/RTP/SAVPF ${id}`,
    "c=IN IP4 0.0.0.0",
    `a=mid:${mid}`,
    "a=rtcp-mux",
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    "a=setup:active",
    `a=candidate:1 1 udp 2130706431 ${ip} ${port} typ host`,
    "a=end-of-candidates",
    ...lines,
    "",
  ].join("\r\n");
}

export function agreementIn(sdp: string): Agreement {
  const value = (name: string): string => new RegExp(`^a=${name}:(\\S+)`, "m").exec(sdp)?.[1] ?? "";
  const candidates = [...sdp.matchAll(/^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host/gim)];
  const idOf = (uri: string): number | undefined => {
    const line = sdp.split("\r\n").find((one) => one.startsWith("a=extmap:") && one.endsWith(` ${uri}`));
    return line === undefined ? undefined : Number.parseInt(line.slice("a=extmap:".length), 10);
  };
  return {
    remote: {
      ufrag: value("ice-ufrag"),
      pwd: value("ice-pwd"),
      fingerprint: /^a=fingerprint:sha-256 (\S+)/im.exec(sdp)?.[1] ?? "",
      addresses: candidates.map(([, ip = "", port = ""]) => ({ ip, port: Number(port) })),
    },
    payloadTypes: { audio: -1, video: payloadTypeIn(sdp) },
    extensions: {
      audio: {},
      video: { absSendTime: idOf(uris.absSendTime), transportSequence: idOf(uris.transportSequence) },
    },
  };
}

function payloadTypeIn(sdp: string): number {
  return Number(/^a=rtpmap:(\d+) VP8\/90000/m.exec(sdp)?.[1] ?? payloadType);
}
