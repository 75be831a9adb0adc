import { isIP, isIPv4, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { VecheError } from "@veche/kit/errors.ts";
import { hostAddresses } from "@veche/kit/own-address.ts";
import type { Config } from "../config.ts";

/** An address at which clients can reach the media ports. */
export type AdvertisedAddress = {
  readonly ip: string;
  /** Where a router or a container engine in front forwards another port to ours. */
  readonly udpPort?: number;
  readonly tcpPort?: number;
};

export type AddressRules = {
  /** As `listenAddresses` has it. */
  readonly listen: readonly string[];
  /** JVB_ADVERTISE_IPS: "203.0.113.7", "203.0.113.7#20000", "2001:db8::7", "[2001:db8::7]#20000". */
  readonly advertised: readonly string[];
  readonly withPrivate: boolean;
};

/** What was found out since the start. */
export type FoundAddresses = {
  /** As STUN servers see us. */
  readonly mapped: readonly string[];
  /** Ports of the host that were found to lead here. */
  readonly udpPort?: number;
  readonly tcpPort?: number;
};

export const nothingFound: FoundAddresses = { mapped: [] };

const everyIPv4 = "0.0.0.0";
const everyIPv6 = "::";

/** Given addresses first, then what STUN says, then the host's own; loopback only where there is nothing else. */
export function chooseAddresses(
  rules: AddressRules,
  hostAddresses: readonly string[],
  found: FoundAddresses = nothingFound,
): AdvertisedAddress[] {
  const given = rules.advertised.map(readAdvertised).filter((address) => address !== undefined);
  const own = rules.listen.flatMap((ip) => ownAddresses(ip, hostAddresses));
  const chosen: AdvertisedAddress[] = [...given];
  const add = (ip: string) => {
    if (!chosen.some((address) => address.ip === ip)) chosen.push({ ip });
  };
  for (const ip of found.mapped) add(ip);
  if (chosen.length === 0 || rules.withPrivate) for (const ip of own) add(ip);
  if (chosen.length === 0) add(rules.listen.includes(everyIPv4) ? "127.0.0.1" : "::1");
  const { udpPort, tcpPort } = found;
  const ports = { ...(udpPort === undefined ? {} : { udpPort }), ...(tcpPort === undefined ? {} : { tcpPort }) };
  return chosen.map((address) => ({ ...ports, ...address }));
}

function ownAddresses(listen: string, hostAddresses: readonly string[]): readonly string[] {
  if (listen === everyIPv4) return hostAddresses.filter((ip) => isIPv4(ip));
  if (listen === everyIPv6) return hostAddresses.filter((ip) => isIPv6(ip));
  return [listen];
}

/** Undefined where it is no address. */
export function readAdvertised(text: string): AdvertisedAddress | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^#[\]]+))(?:#(\d{1,5}))?$/.exec(text) ?? [];
  const ip = bracketed ?? plain ?? "";
  if (isIP(ip) === 0 || (bracketed !== undefined && !isIPv6(ip))) return undefined;
  if (port === undefined) return { ip };
  const udpPort = Number(port);
  return udpPort > 0 && udpPort <= 65535 ? { ip, udpPort } : undefined;
}

/** "203.0.113.7:10000", "[2001:db8::7]:10000". */
export function formatEndpoint(ip: string, port: number): string {
  return isIPv6(ip) ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** Where to listen: everywhere, unless an address is given. */
export function listenAddresses(given: string, hasIPv6 = hostHasIPv6()): readonly string[] {
  if (given !== "") return [given];
  return hasIPv6 ? [everyIPv4, everyIPv6] : [everyIPv4];
}

function hostHasIPv6(): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === "IPv6"));
}

/** Addresses that mean something in one network alone (RFC 1918, 4193, 6598) or on this host. */
export function isPrivateAddress(ip: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|127\.|f[cd]|::1$)/i.test(
    ip,
  );
}

/** Looked up at each call: a laptop that changes its network tells new clients its new address. */
export function readAddressRules(
  config: Config,
  found: () => FoundAddresses = () => nothingFound,
): () => readonly AdvertisedAddress[] {
  const bad = config.JVB_ADVERTISE_IPS.find((text) => readAdvertised(text) === undefined);
  if (bad !== undefined)
    throw new VecheError(
      "invalid-argument",
      `JVB_ADVERTISE_IPS: expected addresses like 203.0.113.7, 203.0.113.7#20000 or 2001:db8::7, found "${bad}"`,
    );
  const rules = {
    listen: listenAddresses(config.VECHE_LISTEN_ADDRESS),
    advertised: config.JVB_ADVERTISE_IPS,
    withPrivate: config.JVB_ADVERTISE_PRIVATE_CANDIDATES,
  };
  return () => chooseAddresses(rules, hostAddresses(), found());
}
