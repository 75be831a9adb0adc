import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { VecheError } from "@veche/kit/errors.ts";
import type { Config } from "../config.ts";

/** An address at which clients can reach the media ports. */
export type AdvertisedAddress = {
  readonly ip: string;
  /** Where a router in front forwards another port to ours. */
  readonly udpPort?: number;
};

export type AddressRules = {
  readonly listenAddress: string;
  /** JVB_ADVERTISE_IPS: "203.0.113.7" or "203.0.113.7#20000". */
  readonly advertised: readonly string[];
  readonly withPrivate: boolean;
};

/** Given addresses first, then the host's own; loopback only where there is nothing else. */
export function chooseAddresses(rules: AddressRules, hostAddresses: readonly string[]): AdvertisedAddress[] {
  const given = rules.advertised.map(readAdvertised).filter((address) => address !== undefined);
  const own = rules.listenAddress === "0.0.0.0" ? hostAddresses : [rules.listenAddress];
  const chosen = [...given];
  if (given.length === 0 || rules.withPrivate)
    for (const ip of own) if (!chosen.some((address) => address.ip === ip)) chosen.push({ ip });
  return chosen.length > 0 ? chosen : [{ ip: "127.0.0.1" }];
}

/** Undefined where it is no address. */
export function readAdvertised(text: string): AdvertisedAddress | undefined {
  const [, ip, port] = /^([^#]+)(?:#(\d{1,5}))?$/.exec(text) ?? [];
  if (!ip || !isIPv4(ip)) return undefined;
  if (port === undefined) return { ip };
  const udpPort = Number(port);
  return udpPort > 0 && udpPort <= 65535 ? { ip, udpPort } : undefined;
}

/** IPv4 addresses of the host, without loopback and link-local ones. */
export function hostAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal, address }) => family === "IPv4" && !internal && !address.startsWith("169.254."))
    .map(({ address }) => address);
}

/** Looked up at each call: a laptop that changes its network tells new clients its new address. */
export function readAddressRules(config: Config): () => readonly AdvertisedAddress[] {
  const bad = config.JVB_ADVERTISE_IPS.find((text) => readAdvertised(text) === undefined);
  if (bad !== undefined)
    throw new VecheError(
      "invalid-argument",
      `JVB_ADVERTISE_IPS: expected IPv4 addresses like 203.0.113.7 or 203.0.113.7#20000, found "${bad}"`,
    );
  const rules = {
    listenAddress: config.VECHE_LISTEN_ADDRESS,
    advertised: config.JVB_ADVERTISE_IPS,
    withPrivate: config.JVB_ADVERTISE_PRIVATE_CANDIDATES,
  };
  return () => chooseAddresses(rules, hostAddresses());
}

/** Where other hosts reach this one: an address of its own, never one that a router in front has. */
export function channelHost(listenAddress: string): string {
  return listenAddress === "0.0.0.0" ? (hostAddresses()[0] ?? "127.0.0.1") : listenAddress;
}
