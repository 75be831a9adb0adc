/** SDP as we write it (RFC 8866). */
import { isIPv6 } from "node:net";
import { type SessionDescription, write } from "sdp-transform";
import { codecFacts, comfortNoisePayloadType, type Format, type TelephoneEvent, telephoneEvents } from "./codecs.ts";
import { type CryptoLine, writeCrypto } from "./crypto.ts";
import type { Direction, MediaLine } from "./read.ts";

/** What a line of ours says, formats in the order in which they are preferred. */
export type OwnLine = {
  readonly protocol: string;
  readonly formats: readonly Format[];
  readonly events: readonly TelephoneEvent[];
  readonly comfortNoise: boolean;
  readonly packetMs: number;
  readonly direction: Direction;
  readonly crypto: readonly CryptoLine[];
};

type Line = SessionDescription["media"][number];

export function writeSdp(
  { ip, id, version }: { readonly ip: string; readonly id: number; readonly version: number },
  media: readonly Line[],
): string {
  const ipVer = isIPv6(ip) ? 6 : 4;
  return write({
    version: 0,
    origin: { username: "-", sessionId: id, sessionVersion: version, netType: "IN", ipVer, address: ip },
    name: "-",
    connection: { version: ipVer, ip },
    timing: { start: 0, stop: 0 },
    media: [...media],
  });
}

export function audioLine(own: OwnLine, port: number): Line {
  const voices = own.formats.map(({ codec, payloadType }) => {
    const [name = codec, rate, channels] = codecFacts[codec].rtpmap.split("/");
    return {
      payload: payloadType,
      codec: codec === "opus" ? name : name.toUpperCase(),
      rate: Number(rate),
      encoding: channels ? Number(channels) : undefined,
    };
  });
  const noise = own.comfortNoise ? [{ payload: comfortNoisePayloadType, codec: "CN", rate: 8_000 }] : [];
  const events = own.events.map(({ payloadType, clockRateHz }) => ({
    payload: payloadType,
    codec: "telephone-event",
    rate: clockRateHz,
  }));
  const rtp = [...voices, ...noise, ...events];
  const fmtp = own.formats.flatMap(({ codec, payloadType }) => {
    const config = codecFacts[codec].fmtp;
    return config ? [{ payload: payloadType, config }] : [];
  });
  return {
    type: "audio",
    port,
    protocol: own.protocol,
    payloads: rtp.map(({ payload }) => payload).join(" "),
    rtp,
    fmtp: [...fmtp, ...events.map(({ payload }) => ({ payload, config: telephoneEvents }))],
    crypto: own.crypto.map(writeCrypto),
    ptime: own.packetMs,
    direction: own.direction,
  };
}

/** A line that stays where it was, without a port (RFC 3264, 6). */
export function declinedLine({ type, protocol, payloads }: MediaLine): Line {
  return { type, port: 0, protocol, payloads, rtp: [], fmtp: [] };
}
