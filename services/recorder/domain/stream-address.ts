/** Where a live stream goes, as people write it: `rtmp://host/app/key`, `rtmps://…`, or the bare stream key of YouTube. */

export type StreamAddress = {
  readonly protocol: "rtmp" | "rtmps";
  /** Lower case; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** First part of the path: "live2". */
  readonly app: string;
  /** The rest of it, with its query. A secret. */
  readonly key: string;
};

/** The fault is one sentence for people and quotes nothing of what was written, which may hold a key. */
export type ParsedAddress = { readonly address: StreamAddress } | { readonly fault: string };

export const maxAddressLength = 2_048;
const youTube = "rtmp://a.rtmp.youtube.com/live2/";
const defaultPorts = { rtmp: 1_935, rtmps: 443 } as const;
/** Of the ports below 1024, which belong to other services, those that RTMP is offered on. */
const lowPorts = new Set([80, 443]);

/**
 * `hosts` bounds where it may go: "live.example.org", or "*.example.org" for all below it; empty: anywhere. Numbers in
 * place of a name are taken in the usual forms only: four decimal numbers, or IPv6 in brackets.
 */
export function parseStreamAddress(written: string, hosts: readonly string[] = []): ParsedAddress {
  if (written.length > maxAddressLength)
    return fault(`The stream address is longer than ${maxAddressLength} characters.`);
  const isBareKey = /^[A-Za-z0-9_-]{4,100}$/.test(written);
  const match = /^(rtmps?):\/\/([^/?#]*)\/(.*)$/is.exec(isBareKey ? youTube + written : written);
  if (!match)
    return fault("A stream address begins with rtmp:// or rtmps:// and names a server, an application and a key.");
  const [, scheme = "", authority = "", path = ""] = match;
  if (!/^[A-Za-z0-9._~:/?@&=+,;%!*-]*$/.test(authority.replace(/[[\]]/g, "") + path)) {
    return fault("The stream address holds a character that is not allowed in it.");
  }
  if (authority.includes("@")) return fault("A stream address with a user name or password is not taken.");
  const protocol = scheme.toLowerCase() === "rtmps" ? "rtmps" : "rtmp";
  const server = parseServer(authority, defaultPorts[protocol]);
  if ("fault" in server) return server;
  if (!isListed(server.host, hosts)) return fault("Streams to this server are not allowed here.");
  const names = splitPath(path);
  if (!names) return fault("The stream address lacks its application or its key.");
  return { address: { protocol, ...server, ...names } };
}

function fault(text: string): { readonly fault: string } {
  return { fault: text };
}

function parseServer(authority: string, defaultPort: number): { host: string; port: number } | { fault: string } {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(authority);
  const host = match && (match[1] === undefined ? nameOrIpv4(match[2] ?? "") : ipv6(match[1]));
  if (!host) return fault("The server in the stream address is neither a name nor an address.");
  const port = match[3] === undefined ? defaultPort : Number(match[3]);
  const isAllowed = port >= 1 && port <= 65_535 && (port >= 1_024 || lowPorts.has(port));
  return isAllowed ? { host, port } : fault("The port in the stream address is not one for streams.");
}

function nameOrIpv4(text: string): string | undefined {
  const host = text.toLowerCase().replace(/\.$/, "");
  if (ipBytes(host)?.length === 4) return host;
  const labels = host.split(".");
  const areLabels = labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  // A last part of digits, or in hexadecimal, is read as a number by resolvers: 0x7f.1 is 127.0.0.1.
  if (!areLabels || host.length > 253 || /^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? "")) return undefined;
  return host;
}

function ipv6(text: string): string | undefined {
  return ipBytes(text)?.length === 16 ? text.toLowerCase() : undefined;
}

function isListed(host: string, hosts: readonly string[]): boolean {
  if (hosts.length === 0) return true;
  return hosts.some((entry) => {
    const listed = entry
      .trim()
      .toLowerCase()
      .replace(/^\[|\]$|\.$/g, "");
    return listed.startsWith("*.") ? host.endsWith(listed.slice(1)) : host === listed;
  });
}

/** The key is what follows the last "/", not looking into its query; an application may have a query of its own ("live2?backup=1/key"). */
function splitPath(path: string): { app: string; key: string } | undefined {
  const query = path.indexOf("?");
  const plain = query === -1 ? path : path.slice(0, query);
  const cut = plain.includes("/") ? plain.lastIndexOf("/") : path.lastIndexOf("/");
  const app = path.slice(0, Math.max(0, cut));
  const key = path.slice(cut + 1);
  return app === "" || key === "" || key.startsWith("?") || app.startsWith("/") ? undefined : { app, key };
}

/** Four or sixteen bytes of an address in its usual form; undefined for anything else. */
export function ipBytes(text: string): readonly number[] | undefined {
  return text.includes(":") ? ipv6Bytes(text) : ipv4Bytes(text);
}

function ipv4Bytes(text: string): number[] | undefined {
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined;
  const bytes = text.split(".").map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function ipv6Bytes(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, n) => groupBytes(half, n === halves.length - 1));
  if (!head) return undefined;
  if (halves.length === 1) return head.length === 16 ? head : undefined;
  if (!tail || head.length + tail.length > 14) return undefined;
  return [...head, ...new Array<number>(16 - head.length - tail.length).fill(0), ...tail];
}

function groupBytes(half: string, isLast: boolean): number[] | undefined {
  if (half === "") return [];
  const bytes: number[] = [];
  const groups = half.split(":");
  for (const [n, group] of groups.entries()) {
    const ipv4 = isLast && n === groups.length - 1 ? ipv4Bytes(group) : undefined;
    if (ipv4) bytes.push(...ipv4);
    else if (/^[0-9a-f]{1,4}$/i.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}

/** Not for the public, by IANA's registries of special-purpose addresses, and multicast: first bytes, and how many bits of them count. */
const special4: readonly (readonly [readonly number[], number])[] = [
  [[0], 8],
  [[10], 8],
  [[100, 64], 10],
  [[127], 8],
  [[169, 254], 16],
  [[172, 16], 12],
  [[192, 0, 0], 24],
  [[192, 0, 2], 24],
  [[192, 88, 99], 24],
  [[192, 168], 16],
  [[198, 18], 15],
  [[198, 51, 100], 24],
  [[203, 0, 113], 24],
  [[224], 3],
];
const special6: readonly (readonly [readonly number[], number])[] = [
  [[0x20, 0x01, 0x00], 23],
  [[0x20, 0x01, 0x0d, 0xb8], 32],
  [[0x20, 0x02], 16],
  [[0x3f, 0xff, 0x00], 20],
];
const global6: readonly [readonly number[], number] = [[0x20], 3];
/** Ranges whose last four bytes are an IPv4 address, which then decides: mapped, and NAT64 (RFC 6052). */
const mapped4 = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
const nat64 = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];

/** Whether an address belongs to the internet at large; false for what is none. */
export function isPublicAddress(text: string): boolean {
  const bytes = ipBytes(text);
  if (!bytes) return false;
  if (bytes.length === 4) return !special4.some(([prefix, bits]) => begins(bytes, prefix, bits));
  if (begins(bytes, mapped4, 96) || begins(bytes, nat64, 96)) return isPublicAddress(bytes.slice(12).join("."));
  return begins(bytes, ...global6) && !special6.some(([prefix, bits]) => begins(bytes, prefix, bits));
}

function begins(bytes: readonly number[], prefix: readonly number[], bits: number): boolean {
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = 0xff & (0xff << Math.max(0, 8 - (bits - bit)));
    if (((bytes[bit / 8] ?? 0) & mask) !== ((prefix[bit / 8] ?? 0) & mask)) return false;
  }
  return true;
}
