/** Where others reach a process on this host. */
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";

/** The address it listens on; where that is every one, the first of the host's own, IPv4 before IPv6. */
export function ownAddress(listenAddress: string): string {
  if (listenAddress !== "" && listenAddress !== "0.0.0.0" && listenAddress !== "::") return listenAddress;
  const all = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith("fe80:"))
    .map(({ address }) => address);
  return all.find((address) => !isIPv6(address)) ?? all[0] ?? "127.0.0.1";
}

export function originOf(address: string, port: number): string {
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
}
