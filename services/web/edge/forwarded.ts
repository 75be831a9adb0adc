import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { BlockList, isIP, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { VecheError } from "@veche/kit/errors.ts";
import { formatHost, type Host, parseHost } from "../domain/host.ts";

/** Who asks, by which name and scheme: from the socket, or from the headers of a proxy the operator trusts. */
export type Visit = {
  readonly address: string;
  readonly isSecure: boolean;
  /** Undefined where the Host header is missing or is no host. */
  readonly host: Host | undefined;
};

export class TrustedProxies {
  readonly #blocks = new BlockList();
  readonly #isEmpty: boolean;

  constructor(entries: readonly string[]) {
    this.#isEmpty = entries.length === 0;
    for (const entry of entries) this.#add(entry);
  }

  has(address: string): boolean {
    if (this.#isEmpty) return false;
    const family = isIP(address);
    return family !== 0 && this.#blocks.check(address, family === 6 ? "ipv6" : "ipv4");
  }

  #add(entry: string): void {
    const [address = "", bits, ...more] = entry.split("/");
    const family = isIP(address);
    const length = bits === undefined ? undefined : Number(bits);
    const isLengthGood = length === undefined || (/^\d{1,3}$/.test(bits ?? "") && length <= (family === 6 ? 128 : 32));
    if (family === 0 || more.length > 0 || !isLengthGood) {
      throw new VecheError(
        "invalid-argument",
        `VECHE_TRUSTED_PROXIES: expected an address or a CIDR block, found "${entry}"`,
      );
    }
    const name = family === 6 ? "ipv6" : "ipv4";
    if (length === undefined) this.#blocks.addAddress(address, name);
    else this.#blocks.addSubnet(address, length, name);
  }
}

export function readVisit(request: IncomingMessage, proxies: TrustedProxies): Visit {
  const peer = plainAddress(request.socket.remoteAddress);
  const isSecure = request.socket instanceof TLSSocket;
  const hosts = request.headersDistinct.host ?? [];
  const host = hosts.length === 1 ? parseHost(hosts[0]) : undefined;
  if (!proxies.has(peer)) return { address: peer, isSecure, host };
  const forwardedHost = lastOf(request, "x-forwarded-host");
  const proto = lastOf(request, "x-forwarded-proto");
  return {
    address: clientAddress(request, peer, proxies),
    isSecure: proto === undefined ? isSecure : proto.toLowerCase() === "https",
    host: forwardedHost === undefined ? host : parseHost(forwardedHost),
  };
}

/** The last address in the chain that is none of our proxies'. */
function clientAddress(request: IncomingMessage, peer: string, proxies: TrustedProxies): string {
  const chain = listOf(request, "x-forwarded-for").map(plainAddress);
  for (const address of chain.reverse()) {
    if (isIP(address) === 0) return peer;
    if (!proxies.has(address)) return address;
  }
  return peer;
}

function listOf(request: IncomingMessage, name: string): string[] {
  const text = request.headers[name];
  const joined = Array.isArray(text) ? text.join(",") : (text ?? "");
  return joined
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function lastOf(request: IncomingMessage, name: string): string | undefined {
  return listOf(request, name).at(-1);
}

export function plainAddress(address: string | undefined): string {
  return (address ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
}

export function addressOf(socket: Socket): string {
  return plainAddress(socket.remoteAddress);
}

const hopHeaders = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "expect",
  "content-length",
  "host",
]);

const claimedHeaders = /^(?:x-forwarded(?:-.*)?|forwarded|x-real-ip|x-client-ip|true-client-ip|cf-connecting-ip|via)$/;

/** What goes on to an upstream: the client's own headers, and ours where it could lie about itself. */
export function upstreamHeaders(request: IncomingMessage, visit: Visit): OutgoingHttpHeaders {
  const named = new Set(listOf(request, "connection").map((name) => name.toLowerCase()));
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (hopHeaders.has(name) || named.has(name) || claimedHeaders.test(name) || value === undefined) continue;
    headers[name] = value;
  }
  headers["x-forwarded-for"] = visit.address;
  headers["x-forwarded-proto"] = visit.isSecure ? "https" : "http";
  if (visit.host !== undefined) {
    headers.host = formatHost(visit.host);
    headers["x-forwarded-host"] = formatHost(visit.host);
  }
  return headers;
}

/** What comes back from an upstream, as a flat list of names and values. */
export function clientHeaders(response: IncomingMessage): string[] {
  const kept: string[] = [];
  const { rawHeaders } = response;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const lower = name.toLowerCase();
    if (lower === "content-length" || !hopHeaders.has(lower)) kept.push(name, rawHeaders[i + 1] as string);
  }
  return kept;
}
