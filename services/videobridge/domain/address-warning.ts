/** What an operator is told of an address that does not lead to the bridge. */
export type UnreachableAddress = {
  /** "203.0.113.7:10000/udp" */
  readonly address: string;
  readonly protocol: "udp" | "tcp";
  readonly port: number;
  /** The host's own, and nothing but a network of its own. */
  readonly isPrivate: boolean;
  /** Something else answers there. */
  readonly isStranger: boolean;
};

export function describeUnreachable({ address, protocol, port, isPrivate, isStranger }: UnreachableAddress): string {
  const what = isStranger
    ? `clients are told of ${address}, where something else than this bridge answers`
    : `clients are told of ${address}, where this bridge cannot reach itself`;
  if (isPrivate)
    return `${what}: let a firewall pass ${port}/${protocol}, or name the right addresses in JVB_ADVERTISE_IPS and set JVB_ADVERTISE_PRIVATE_CANDIDATES=false`;
  return `${what}: have the router forward ${port}/${protocol} to this host, or correct JVB_ADVERTISE_IPS; a router that lets nobody in from inside (no hairpin NAT) fails this check although clients outside come through`;
}
