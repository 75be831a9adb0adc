/**
 * Where a trunk's server is (RFC 3263, SRV and addresses). It is asked here, and Kamailio gets addresses: a name server that is
 * slow would hold up everything that Kamailio does.
 */
import { lookup, resolveSrv } from "node:dns/promises";
import { isIP } from "node:net";
import type { Trunk } from "./signalling.ts";

/** `port` is 0 where it is the transport's own. */
export type Server = { readonly address: string; readonly port: number };

const services: Readonly<Record<Trunk["transport"], string>> = {
  udp: "_sip._udp",
  tcp: "_sip._tcp",
  tls: "_sips._tcp",
};

/** As many of them as a line of the configuration takes. */
const maxServers = 32;

/** The first to be asked first; empty where the name is not known just now. */
export async function findServers({ server, transport, port }: Trunk): Promise<readonly Server[]> {
  if (isIP(server) !== 0) return [{ address: server, port }];
  // A port of its own: the name means a host (RFC 3263, 4.2).
  const records = port === 0 ? await resolveSrv(`${services[transport]}.${server}`).catch(() => []) : [];
  const hosts = records.toSorted((a, b) => a.priority - b.priority || b.weight - a.weight);
  const wanted = hosts.length > 0 ? hosts : [{ name: server, port }];
  const found = await Promise.all(
    wanted.map(async (host) => {
      const addresses = await lookup(host.name, { all: true }).catch(() => []);
      return addresses.map(({ address }) => ({ address, port: host.port }));
    }),
  );
  return found.flat().slice(0, maxServers);
}

/** Where its calls come from when nobody has said it. */
export function addressesOf(servers: readonly Server[]): readonly string[] {
  return [...new Set(servers.map(({ address }) => address))];
}
