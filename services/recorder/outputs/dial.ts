/** Connections to streaming servers, made to the very address that was looked at. */
import { lookup as systemLookup } from "node:dns/promises";
import { once } from "node:events";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { isPublicAddress, type StreamAddress } from "../domain/stream-address.ts";

/** The server is at an address that streams must not go to. */
export class PrivateAddress extends Error {
  override readonly name = "PrivateAddress";
}

export type Lookup = (host: string) => Promise<readonly string[]>;

export type DialOptions = {
  readonly address: StreamAddress;
  readonly allowPrivate: boolean;
  readonly signal: AbortSignal;
  /** Certificate authorities in place of the usual ones, PEM. */
  readonly ca?: string;
  readonly lookup?: Lookup;
};

const maxAddresses = 4;
const connectMs = 5_000;

/**
 * A connection; with TLS where the protocol says so, the certificate checked for the name. The name is resolved once: if
 * any of its addresses is not public it is refused, so that no second answer can lead elsewhere.
 */
export async function dial(options: DialOptions): Promise<Socket> {
  const { address, signal } = options;
  const ips = await resolve(options);
  let failure: unknown = new Error("the name has no address");
  for (const ip of ips.slice(0, maxAddresses)) {
    try {
      signal.throwIfAborted();
      const socket = await opened(
        connect({ host: ip, port: address.port, noDelay: true, keepAlive: true }),
        "connect",
        signal,
      );
      return address.protocol === "rtmps" ? await secured(socket, options) : socket;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function resolve({ address, allowPrivate, lookup = lookupAll, signal }: DialOptions): Promise<readonly string[]> {
  const aborted = Promise.withResolvers<never>();
  const stop = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    signal.throwIfAborted();
    const ips = isIP(address.host) ? [address.host] : await Promise.race([lookup(address.host), aborted.promise]);
    if (!allowPrivate && !ips.every(isPublicAddress)) throw new PrivateAddress("the server's address is not public");
    return alternating(ips);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Both families are tried soon, the first one first: many a host has IPv6 addresses and no way there. */
function alternating(ips: readonly string[]): string[] {
  const same = ips.filter((ip) => isIP(ip) === isIP(ips[0] ?? ""));
  const others = ips.filter((ip) => !same.includes(ip));
  return ips.flatMap((_, n) => [same[n], others[n]]).filter((ip) => ip !== undefined);
}

async function lookupAll(host: string): Promise<string[]> {
  return (await systemLookup(host, { all: true })).map((found) => found.address);
}

async function secured(socket: Socket, { address, ca, signal }: DialOptions): Promise<Socket> {
  const name = isIP(address.host) ? { host: address.host } : { host: address.host, servername: address.host };
  return opened(connectTls({ socket, ...name, ...(ca === undefined ? {} : { ca }) }), "secureConnect", signal);
}

async function opened<T extends Socket>(socket: T, event: string, signal: AbortSignal): Promise<T> {
  try {
    await once(socket, event, { signal: AbortSignal.any([signal, AbortSignal.timeout(connectMs)]) });
    return socket;
  } catch (error) {
    socket.on("error", () => {});
    socket.destroy();
    throw error;
  }
}
