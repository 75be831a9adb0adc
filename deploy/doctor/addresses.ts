import { BlockList, isIP } from "node:net";

/** RFC 1918, RFC 6598, RFC 4193, and what is a link's alone. */
const privateRanges = new BlockList();
for (const [network, prefix] of [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
] as const)
  privateRanges.addSubnet(network, prefix, "ipv4");
privateRanges.addSubnet("fc00::", 7, "ipv6");
privateRanges.addSubnet("fe80::", 10, "ipv6");

export function isPrivate(ip: string): boolean {
  return isLoopback(ip) || privateRanges.check(ip, isIP(ip) === 6 ? "ipv6" : "ipv4");
}

export function isLoopback(ip: string): boolean {
  return ip === "::1" || /^127\./.test(ip);
}

/** "203.0.113.7:10000", "[2001:db8::7]:10000" */
export function addressText({ ip, port }: { readonly ip: string; readonly port: number }): string {
  return isIP(ip) === 6 ? `[${ip}]:${port}` : `${ip}:${port}`;
}
