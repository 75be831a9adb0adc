/** Where a trunk's calls come from when nobody has said it: the addresses of its server, asked again and again. */
import { lookup, resolveSrv } from "node:dns/promises";
import { isIP } from "node:net";
import type { Trunk } from "../signalling.ts";

const services: Readonly<Record<Trunk["transport"], string>> = {
  udp: "_sip._udp",
  tcp: "_sip._tcp",
  tls: "_sips._tcp",
};

/** As many of them as a line of the configuration takes. */
const maxAddresses = 32;

/** Empty where the name is not known just now. */
export async function findAddresses({ server, transport, port }: Trunk): Promise<readonly string[]> {
  if (isIP(server) !== 0) return [server];
  // A port of its own: the name means a host (RFC 3263, 4.2).
  const hosts = port === 0 ? await resolveSrv(`${services[transport]}.${server}`).catch(() => []) : [];
  const names = hosts.length > 0 ? hosts.map(({ name }) => name) : [server];
  const found = await Promise.all(names.map((name) => lookup(name, { all: true }).catch(() => [])));
  return [...new Set(found.flat().map(({ address }) => address))].sort().slice(0, maxAddresses);
}
