/** SDP (RFC 8866) as it comes from strangers: read in full or refused with what is wrong with it. */
import { isIP } from "node:net";
import { parse, parsePayloads } from "sdp-transform";
import { comfortNoisePayloadType, type Format, readFormats, type TelephoneEvent } from "./codecs.ts";
import { type CryptoLine, readCrypto } from "./crypto.ts";

export const sdpLimits = { sizeBytes: 16_384, lines: 400, mediaLines: 16 };

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

export type MediaLine = {
  readonly type: string;
  /** 0: declined. */
  readonly port: number;
  readonly protocol: string;
  /** As it stands, to be repeated where it is declined. */
  readonly payloads: string;
  /** Undefined where its connection is no IP address. */
  readonly ip: string | undefined;
  readonly direction: Direction;
  readonly formats: readonly Format[];
  readonly events: readonly TelephoneEvent[];
  readonly comfortNoise: boolean;
  readonly packetMs: number | undefined;
  readonly maxPacketMs: number | undefined;
  readonly crypto: readonly CryptoLine[];
};

export type Description = { readonly ok: true; readonly media: readonly MediaLine[] };
export type Malformed = { readonly ok: false; readonly reason: string };

export function readSdp(text: string): Description | Malformed {
  const fault = faultOf(text);
  if (fault) return { ok: false, reason: fault };
  const session = parse(text);
  if (session.media.length > sdpLimits.mediaLines)
    return { ok: false, reason: `more than ${sdpLimits.mediaLines} media lines` };
  const media: MediaLine[] = [];
  for (const raw of session.media as readonly RawMedia[]) {
    const line = readMedia(raw, session as RawSession);
    if (!line) return { ok: false, reason: `media line ${media.length + 1} cannot be read` };
    media.push(line);
  }
  return { ok: true, media };
}

function faultOf(text: string): string | undefined {
  if (Buffer.byteLength(text) > sdpLimits.sizeBytes) return `more than ${sdpLimits.sizeBytes} bytes`;
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line !== "");
  if (lines.length > sdpLimits.lines) return `more than ${sdpLimits.lines} lines`;
  if (lines[0] !== "v=0") return "it does not begin with v=0";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  const odd = lines.findIndex((line) => !/^[a-z]=/.test(line) || /[\x00-\x08\x0b-\x1f]/.test(line));
  if (odd !== -1) return `line ${odd + 1} is no SDP`;
  if (!lines.some((line) => line.startsWith("o="))) return "it has no o= line";
  return undefined;
}

type RawConnection = { readonly ip?: unknown };
type RawSession = { readonly connection?: RawConnection; readonly direction?: unknown };
type RawMedia = RawSession & {
  readonly type?: unknown;
  readonly port?: unknown;
  readonly protocol?: unknown;
  readonly payloads?: unknown;
  readonly rtp?: readonly { payload?: unknown; codec?: unknown; rate?: unknown; encoding?: unknown }[];
  readonly crypto?: readonly unknown[];
  readonly ptime?: unknown;
  readonly maxptime?: unknown;
};

function readMedia(raw: RawMedia, session: RawSession): MediaLine | undefined {
  const { type, port, protocol } = raw;
  const payloads = String(raw.payloads ?? "").trim();
  if (typeof type !== "string" || !/^[a-z]{1,20}$/i.test(type)) return undefined;
  if (typeof port !== "number" || !Number.isInteger(port) || port < 0 || port > 65_535) return undefined;
  if (typeof protocol !== "string" || !/^[A-Za-z0-9/]{1,40}$/.test(protocol)) return undefined;
  if (!/^[A-Za-z0-9*._+-]{1,40}( [A-Za-z0-9*._+-]{1,40}){0,63}$/.test(payloads)) return undefined;
  const payloadTypes = payloadTypesOf(payloads);
  const ip = String((raw.connection ?? session.connection)?.ip ?? "");
  return {
    type: type.toLowerCase(),
    port,
    protocol: protocol.toUpperCase(),
    payloads,
    ip: isIP(ip) === 0 ? undefined : ip,
    direction: directionOf(raw.direction) ?? directionOf(session.direction) ?? "sendrecv",
    ...readFormats(payloadTypes, rtpmapsOf(raw)),
    comfortNoise: payloadTypes.includes(comfortNoisePayloadType),
    packetMs: millisecondsOf(raw.ptime),
    maxPacketMs: millisecondsOf(raw.maxptime),
    crypto: (raw.crypto ?? []).flatMap((line) => readCrypto(line as object) ?? []),
  };
}

function payloadTypesOf(payloads: string): readonly number[] {
  return parsePayloads(payloads).filter((type) => Number.isInteger(type) && type >= 0 && type <= 127);
}

/** Names in lower case, as codecs.ts compares them. */
function rtpmapsOf(raw: RawMedia): ReadonlyMap<number, string> {
  const maps = new Map<number, string>();
  for (const { payload, codec, rate, encoding } of raw.rtp ?? []) {
    maps.set(Number(payload), [codec, rate, encoding].filter(Boolean).join("/").toLowerCase());
  }
  return maps;
}

function directionOf(value: unknown): Direction | undefined {
  return value === "sendrecv" || value === "sendonly" || value === "recvonly" || value === "inactive"
    ? value
    : undefined;
}

function millisecondsOf(value: unknown): number | undefined {
  const ms = Number(value);
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}
