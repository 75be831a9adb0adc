import type { IncomingMessage } from "node:http";
import { BlockList, isIP, type Socket } from "node:net";
import { TLSSocket } from "node:tls";

export type Client = {
  readonly address: string;
  /** Scheme and host as the client used them, for a WebSocket: "wss://meet.example". */
  readonly origin: string;
};

const hostName = /^[A-Za-z0-9._[\]:-]{1,255}$/;

/** Over TLS between hosts it is web, whatever its address: nobody else is let in. */
export function isFromWeb(socket: Socket): boolean {
  return socket instanceof TLSSocket;
}

/** Who a request is from: X-Forwarded headers count only when a proxy that is trusted says them. */
export class TrustedProxies {
  readonly #networks = new BlockList();
  readonly #fallbackHost: string;

  constructor(networks: readonly string[], fallbackHost: string) {
    this.#fallbackHost = fallbackHost;
    for (const network of networks) this.#add(network);
  }

  isTrusted(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#networks.check(address, family === 6 ? "ipv6" : "ipv4");
  }

  clientOf(request: IncomingMessage): Client {
    const peer = plainAddress(request.socket.remoteAddress ?? "");
    const { headers } = request;
    if (!isFromWeb(request.socket) && !this.isTrusted(peer))
      return { address: peer, origin: this.#origin("http", headers.host) };
    const host = firstOf(headers["x-forwarded-host"]) ?? headers.host;
    return {
      address: this.#forwardedFor(peer, firstOf(headers["x-forwarded-for"], false)),
      origin: this.#origin(firstOf(headers["x-forwarded-proto"]) ?? "http", host),
    };
  }

  /** From the right, the first address that is no proxy of ours. */
  #forwardedFor(peer: string, header: string | undefined): string {
    const hops = (header ?? "")
      .split(",")
      .slice(-16)
      .map((hop) => plainAddress(hop.trim()));
    let address = peer;
    for (const hop of hops.reverse()) {
      if (isIP(hop) === 0) break;
      address = hop;
      if (!this.isTrusted(hop)) break;
    }
    return address;
  }

  #origin(scheme: string, host: string | undefined): string {
    const name = host !== undefined && hostName.test(host) ? host : this.#fallbackHost;
    return `${/^(https|wss)$/i.test(scheme) ? "wss" : "ws"}://${name}`;
  }

  #add(network: string): void {
    const [address = "", bits] = network.split("/", 2);
    const family = isIP(address);
    const prefix = bits === undefined ? (family === 6 ? 128 : 32) : Number(bits);
    if (family === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > (family === 6 ? 128 : 32)) {
      throw new TypeError(`XMPP_TRUSTED_PROXIES: "${network}" is no network like 10.0.0.0/8`);
    }
    this.#networks.addSubnet(address, prefix, family === 6 ? "ipv6" : "ipv4");
  }
}

/** Without the prefix of an IPv4 address in IPv6. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}

function firstOf(header: string | string[] | undefined, isSingle = true): string | undefined {
  const text = Array.isArray(header) ? header.join(",") : header;
  const value = isSingle ? text?.split(",")[0]?.trim() : text;
  return value === "" ? undefined : value;
}
