/** Where requests may go. Checked for each connection, once the name has become an address. */
import { lookup as ask } from "node:dns";
import { BlockList, isIP, isIPv4, type LookupFunction } from "node:net";
import { VecheError } from "@veche/kit/errors.ts";

/** Private, local, reserved (IANA's special-purpose registries), and what only wraps an IPv4 address. */
const closed = blockListOf([
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"],
  ...["192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"],
  ...["224.0.0.0/4", "240.0.0.0/4"],
  ...["::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"],
  ...["5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"],
]);

export class Targets {
  readonly #networks: BlockList;
  readonly #hosts: ReadonlySet<string>;

  /** Networks ("10.20.0.0/16"), addresses and names of hosts. */
  constructor(allowed: readonly string[]) {
    const isNetwork = (text: string) => text.includes("/") || isIP(text) > 0;
    this.#networks = blockListOf(allowed.filter(isNetwork));
    const hosts = allowed.filter((text) => !isNetwork(text)).map((host) => host.toLowerCase());
    const odd = hosts.find((host) => !/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host));
    if (odd !== undefined) throw invalid(odd);
    this.#hosts = new Set(hosts);
  }

  /** Why this address may not be sent to under this URL; undefined where it may. */
  fault(url: URL, address: string): string | undefined {
    const kind = isIPv4(address) ? "ipv4" : "ipv6";
    if (this.#hosts.has(url.hostname) || this.#networks.check(address, kind)) return undefined;
    if (closed.check(address, kind))
      return `${address} is a private address, and VECHE_WEBHOOKS_ALLOW does not name it`;
    return url.protocol === "https:" ? undefined : "http:// is only for what VECHE_WEBHOOKS_ALLOW names";
  }

  /** For a URL with an address in place of a name, which no lookup sees. */
  literalFault(url: URL): string | undefined {
    const address = url.hostname.replace(/^\[(.*)\]$/, "$1");
    return isIP(address) > 0 ? this.fault(url, address) : undefined;
  }

  /** The system's, which hands out only addresses that may be sent to. */
  lookup(url: URL): LookupFunction {
    return (hostname, options, done) => {
      ask(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) return done(error, []);
        const faults = addresses.map(({ address }) => this.fault(url, address));
        const open = addresses.filter((_, index) => faults[index] === undefined);
        const [first] = open;
        if (!first) return done(new Error(faults[0] ?? `${hostname} has no address`), []);
        return options.all ? done(null, open) : done(null, first.address, first.family);
      });
    };
  }
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of networks) {
    const [address = "", length, ...more] = text.split("/");
    const family = isIP(address);
    const bits = Number(length ?? (family === 4 ? 32 : 128));
    const isGood = /^\d{1,3}$/.test(length ?? "0") && bits <= (family === 4 ? 32 : 128) && more.length === 0;
    if (family === 0 || !isGood) throw invalid(text);
    list.addSubnet(address, bits, family === 4 ? "ipv4" : "ipv6");
  }
  return list;
}

function invalid(found: string): VecheError {
  return new VecheError(
    "invalid-argument",
    `VECHE_WEBHOOKS_ALLOW: expected networks like 10.20.0.0/16 and hosts like register.school.example, found "${found}"`,
  );
}
