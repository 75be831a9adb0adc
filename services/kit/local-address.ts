import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { partsOf } from "./setting.ts";

/**
 * The address of this host that packets to another have; nothing is sent. Undefined where there is no way there.
 * `address` may be a name.
 */
export async function localAddressTowards(address: string): Promise<string | undefined> {
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  try {
    socket.connect(9, address);
    await once(socket, "connect");
    return socket.address().address;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

/**
 * The address by which this host reaches NATS, which all others reach as well: of several networks it is in the common one.
 * Undefined where NATS is on this very host, or out of reach. `natsUrls` is NATS_URL: of several servers the first that is
 * not here tells.
 */
export async function addressTowardsNats(natsUrls: string): Promise<string | undefined> {
  for (const natsUrl of partsOf(natsUrls)) {
    const host = new URL(natsUrl).hostname.replace(/^\[|\]$/g, "");
    const address = await localAddressTowards(host);
    if (address !== undefined && !isLoopback(address)) return address;
  }
  return undefined;
}

/** Of this very host; also as sockets of both families write it, ::ffff:127.0.0.1. */
export function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}
