/** Where others reach a process on this host. */
import { isIPv4, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { text } from "./config.ts";
import { addressTowardsNats } from "./local-address.ts";

const everyIPv4 = "0.0.0.0";
const everyIPv6 = "::";

/** Networks of containers on this host: nobody comes from there. */
const containerNetworks = /^(docker|br-|veth|virbr|cni|podman)/;
const linkLocal = /^(169\.254\.|fe[89ab])/i;

export const privateAddressSchema = {
  VECHE_PRIVATE_ADDRESS: text(
    "",
    "Address at which the other hosts of the installation reach this one, where it does not see that itself, as in a container; empty: the one that NATS is reached from.",
    { pattern: /^[0-9a-fA-F.:]*$/, expected: "an IP address", defaultText: "(found out)" },
  ),
};

export function isEveryAddress(address: string): boolean {
  return address === "" || address === everyIPv4 || address === everyIPv6;
}

/** Addresses of the host, IPv4 first, without loopback and link-local ones. */
export function hostAddresses(): string[] {
  const all = Object.entries(networkInterfaces())
    .filter(([name]) => !containerNetworks.test(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !linkLocal.test(address));
  return [...all.filter(({ family }) => family === "IPv4"), ...all.filter(({ family }) => family === "IPv6")].map(
    ({ address }) => address,
  );
}

/** The address it listens on; where that is every one, the first of the host's own. */
export function ownAddress(listenAddress: string): string {
  if (!isEveryAddress(listenAddress)) return listenAddress;
  const all = hostAddresses();
  return (listenAddress === everyIPv6 ? all.find((ip) => isIPv6(ip)) : all[0]) ?? "127.0.0.1";
}

/** Whether it still is one of this host's, and listened on. */
export function isOwnAddress(ip: string, listenAddress: string): boolean {
  const isListened = listenAddress === "" || listenAddress === ip || (isEveryAddress(listenAddress) && isIPv4(ip));
  return isListened && hostAddresses().includes(ip);
}

/**
 * Where the other hosts of the installation reach what listens here: what the operator says, else the address that NATS is
 * reached from, which is in a network that all have, else the first of the host's own. Asked at each use: a laptop that
 * changes its network is told by its new address.
 */
export async function findReachedAt(config: {
  readonly NATS_URL: string;
  readonly VECHE_PRIVATE_ADDRESS: string;
}): Promise<(listenAddress: string) => string> {
  const shared = await addressTowardsNats(config.NATS_URL);
  return (listenAddress) => {
    if (config.VECHE_PRIVATE_ADDRESS !== "") return config.VECHE_PRIVATE_ADDRESS;
    return shared !== undefined && isOwnAddress(shared, listenAddress) ? shared : ownAddress(listenAddress);
  };
}

/** "http://203.0.113.7:9090", "https://[2001:db8::7]:9090". */
export function originOf(host: string, port: number, isSecure = false): string {
  return `${isSecure ? "https" : "http"}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
