/** Where a call out goes, and what stands in it. For every implementation. */
import { isIP } from "node:net";
import { VecheError } from "@veche/kit/errors.ts";
import { cleanDisplayName, writeHeader } from "./headers.ts";
import type { DialTarget, Trunk } from "./signalling.ts";
import type { Server } from "./trunk-addresses.ts";

export type WayOut = {
  /** Of the trunks; undefined: straight to the address. */
  readonly index: number | undefined;
  readonly trunk: Trunk;
  /** Request-URI and To. */
  readonly to: string;
  /** From; its host is "localhost" where it is to be the SIP process' own. */
  readonly from: string;
  /** Whole lines. */
  readonly headers: readonly string[];
};

/** Throws with `unavailable` where no trunk is for it, with `invalid-argument` where it can't be said in SIP. */
export function findWayOut(target: DialTarget, trunks: readonly Trunk[]): WayOut {
  const { index, trunk } = target.trunk === "" ? straightTo(target.to) : trunkFor(target.trunk, trunks);
  const domain = trunk.account?.domain ?? trunk.server;
  const displayName = cleanDisplayName(target.displayName);
  const caller = trunk.account?.user || target.from || "anonymous";
  const from = named(displayName, addressOf(caller, trunk.account ? domain : "localhost"));
  // The account stands in From, as registrars want it; who calls is said beside it (RFC 3325).
  const isOther = target.from !== "" && target.from !== caller;
  const asserted = isOther ? [`P-Asserted-Identity: ${named(displayName, addressOf(target.from, domain))}`] : [];
  const headers = Object.entries(target.headers).map(([name, value]) => writeHeader(name, value));
  return { index, trunk, to: addressOf(target.to, domain), from, headers: [...asserted, ...headers] };
}

/** Where what we ask of a trunk goes. */
export function nextHop({ transport }: Trunk, { address, port }: Server): string {
  return `sip:${literal(address)}${port === 0 ? "" : `:${port}`};transport=${transport}`;
}

/** A whole address, or a number at a domain. */
export function addressOf(text: string, domain: string): string {
  const address = /^sips?:/i.test(text)
    ? text
    : `sip:${encodeURIComponent(text).replaceAll("%2B", "+")}@${literal(domain)}`;
  if (!isAddress(address))
    throw new VecheError("invalid-argument", `expected a number or SIP address, found ${JSON.stringify(text)}`);
  return address;
}

const addressPattern =
  /^sips?:(?:[A-Za-z0-9_.!~*'()&=+$,;?/%-]+@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::(\d{1,5}))?(?:;[A-Za-z0-9_.!~*'()[\]/:&+$%=-]+)*$/i;

function isAddress(text: string): boolean {
  return addressPattern.test(text);
}

/** An address of IPv6 stands in brackets (RFC 3261, 19.1.1). */
export function literal(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

function named(displayName: string, address: string): string {
  return displayName === "" ? `<${address}>` : `"${displayName}" <${address}>`;
}

function trunkFor(wanted: string | undefined, trunks: readonly Trunk[]): Pick<WayOut, "index" | "trunk"> {
  const index = trunks.findIndex(({ name, dialsOut }) => dialsOut && (wanted ?? name) === name);
  const trunk = trunks[index];
  if (trunk) return { index, trunk };
  throw new VecheError("unavailable", `trunk ${wanted ?? "for calls out"}: there is none that dials out`);
}

/** An address is where it says, and wants no account. */
function straightTo(to: string): Pick<WayOut, "index" | "trunk"> {
  const [, host = "", port] = addressPattern.exec(addressOf(to, "")) ?? [];
  const wanted = /;transport=([a-z]+)/i.exec(to)?.[1]?.toLowerCase();
  const transport = wanted === "tcp" || wanted === "tls" ? wanted : "udp";
  const nothing = { account: undefined, registers: false, isTrusted: false, addresses: [] };
  const server = host.replace(/^\[|\]$/g, "");
  return {
    index: undefined,
    trunk: { name: "", server, port: Number(port ?? 0), transport, dialsOut: true, ...nothing },
  };
}
