/** Rooms as headers, settings and clients name them. */
import { roomId } from "@veche/proto/ids.ts";
import type { Room } from "../domain/call.ts";

const tenantName = /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,62}$/u;
/** A whole address, the node percent-encoded. */
const addressLength = 1_023;
/** What no node of an address may have (RFC 7622, 3.3.1), nor the path of a page. */
const forbidden = /[\p{Cc}"&'/:<>@]/u;

export type RoomDomains = { readonly domain: string; readonly mucDomain: string };

/**
 * "standup", "5А класс", "standup@muc.meet.jitsi", "standup@muc.school.meet.jitsi". Undefined: no room here can have that
 * address.
 */
export function readRoom(text: string, tenant: string, domains: RoomDomains): Room | undefined {
  const address = text.trim();
  if (address.length > addressLength || !address.isWellFormed()) return undefined;
  const at = address.lastIndexOf("@");
  const local = decoded(at === -1 ? address : address.slice(0, at));
  const host =
    at === -1 ? mucOf(tenant === "" ? "main" : tenant.toLowerCase(), domains) : address.slice(at + 1).toLowerCase();
  const ofHost = host === undefined ? undefined : tenantOf(host, domains);
  if (host === undefined || ofHost === undefined || local === "" || forbidden.test(local)) return undefined;
  const name = nodeOf(local);
  if (name.length > addressLength - host.length) return undefined;
  return { tenant: ofHost, room: roomId(decoded(name), ofHost), name, jid: `${name}@${host}` };
}

/** As clients write it: lower case, what is not ASCII percent-encoded in lower case. */
function nodeOf(local: string): string {
  return encodeURIComponent(local.toLowerCase()).toLowerCase();
}

function tenantOf(host: string, { domain, mucDomain }: RoomDomains): string | undefined {
  if (host === mucDomain) return "main";
  const prefix = mucPrefix({ domain, mucDomain });
  if (prefix === undefined || !host.startsWith(`${prefix}.`) || !host.endsWith(`.${domain}`)) return undefined;
  const tenant = host.slice(prefix.length + 1, -domain.length - 1);
  return tenantName.test(tenant) ? tenant : undefined;
}

/** COMPAT: clients put the tenant between the service and the domain: muc.<tenant>.meet.jitsi. */
function mucOf(tenant: string, domains: RoomDomains): string | undefined {
  if (tenant === "main") return domains.mucDomain;
  const prefix = mucPrefix(domains);
  return prefix === undefined || !tenantName.test(tenant) ? undefined : `${prefix}.${tenant}.${domains.domain}`;
}

function mucPrefix({ domain, mucDomain }: RoomDomains): string | undefined {
  return mucDomain.endsWith(`.${domain}`) ? mucDomain.slice(0, -domain.length - 1) : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
