/** Where others reach this gateway. */
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";

/** The address it listens on; where that is every one, the first of the host's own IPv4 addresses. */
export function ownAddress(listenAddress: string): string {
  if (listenAddress !== "" && listenAddress !== "0.0.0.0" && listenAddress !== "::") return listenAddress;
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ internal, address }) => !internal && !isIPv6(address))?.address ?? "127.0.0.1";
}

export function originOf(address: string, port: number): string {
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
}
