/** XEP-0045 1.35, https://xmpp.org/extensions/xep-0045.html: multi-user chat. */
import { type AffiliationName, affiliationNames, type RoleName, roleNames } from "../domain/affiliation.ts";
import { ns } from "./namespaces.ts";
import { atMost, bounded, type Read, reading, unreadable } from "./reading.ts";
import { childOf, childrenOf, type Element, el, isElement } from "./xml/element.ts";
import { escapeAttribute, escapeText } from "./xml/serialise.ts";

/** Status codes, section 15.6. */
export const mucStatus = { self: 110, banned: 301, kicked: 307, serverRestarted: 332 } as const;

/** Who an occupant is, as everybody sees it. */
export type Item = {
  readonly affiliation: AffiliationName;
  readonly role: RoleName;
  readonly jid?: string;
  readonly actor?: string;
  readonly reason?: string;
};

export type Destroy = { readonly jid?: string; readonly reason?: string };

/** The `muc#user` child of a presence. */
export function writeUser(item: Item, statuses: readonly number[] = [], destroy?: Destroy): string {
  const jid = item.jid === undefined ? "" : ` jid="${escapeAttribute(item.jid)}"`;
  const inner =
    (item.actor === undefined ? "" : `<actor nick="${escapeAttribute(item.actor)}"/>`) +
    (item.reason === undefined || item.reason === "" ? "" : `<reason>${escapeText(item.reason)}</reason>`);
  const itemXml = `<item affiliation="${item.affiliation}" role="${item.role}"${jid}${inner === "" ? "/>" : `>${inner}</item>`}`;
  const status = statuses.map((code) => `<status code="${code}"/>`).join("");
  return `<x xmlns="${ns.mucUser}">${itemXml}${destroy ? writeDestroy(destroy) : ""}${status}</x>`;
}

function writeDestroy({ jid, reason }: Destroy): string {
  const attribute = jid === undefined ? "" : ` jid="${escapeAttribute(jid)}"`;
  return `<destroy${attribute}><reason>${escapeText(reason ?? "")}</reason></destroy>`;
}

export function writeStatus(code: number): string {
  return `<x xmlns="${ns.mucUser}"><status code="${code}"/></x>`;
}

export type JoinRequest = {
  readonly password: string | undefined;
  /** At most this much history; undefined: as much as there is. */
  readonly maxHistory: number | undefined;
};

/** The wish to enter; undefined where the presence is an update of somebody inside. */
export function readJoin(presence: Element): JoinRequest | undefined {
  const x = childOf(presence, "x", ns.muc);
  if (!x) return undefined;
  const history = childOf(x, "history")?.attrs;
  const limit = history?.maxstanzas ?? (history?.maxchars === "0" ? "0" : undefined);
  return {
    password: childOf(x, "password")?.getText(),
    maxHistory: limit !== undefined && /^\d{1,6}$/.test(limit) ? Number(limit) : undefined,
  };
}

export type AdminItem = {
  readonly nick: string | undefined;
  readonly jid: string | undefined;
  readonly affiliation: AffiliationName | undefined;
  readonly role: RoleName | undefined;
  readonly reason: string;
};

const maxItems = 600;

export function readAdmin(query: Element): Read<readonly AdminItem[]> {
  return reading(() => {
    if (!isElement(query, "query", ns.mucAdmin)) return unreadable("expected muc#admin");
    const items = atMost(childrenOf(query, "item"), maxItems, "items");
    if (items.length === 0) return unreadable("expected at least one item");
    return items.map(readItem);
  });
}

function readItem(item: Element): AdminItem {
  const { affiliation, role, nick, jid } = item.attrs;
  const affiliationName = affiliationNames.find((name) => name === affiliation);
  const roleName = roleNames.find((name) => name === role);
  if (affiliation !== undefined && !affiliationName)
    unreadable(`an affiliation is one of ${affiliationNames.join(", ")}`);
  if (role !== undefined && !roleName) unreadable(`a role is one of ${roleNames.join(", ")}`);
  return {
    nick: nick === undefined ? undefined : bounded(nick, "nick", 1023),
    jid: jid === undefined ? undefined : bounded(jid, "jid", 3071),
    affiliation: affiliationName,
    role: roleName,
    reason: bounded(childOf(item, "reason")?.getText() ?? "", "reason", 1024),
  };
}

export function writeAdmin(items: readonly Item[]): Element {
  return el(
    "query",
    { xmlns: ns.mucAdmin },
    items.map(({ affiliation, role, jid }) => el("item", { affiliation, role, jid })),
  );
}

export type OwnerRequest =
  | { readonly type: "form"; readonly form: Element | undefined }
  | { readonly type: "destroy"; readonly jid: string | undefined; readonly reason: string };

export function readOwner(query: Element): Read<OwnerRequest> {
  return reading(() => {
    const destroy = childOf(query, "destroy");
    if (!destroy) return { type: "form", form: childOf(query, "x", ns.data) };
    const reason = bounded(childOf(destroy, "reason")?.getText() ?? "", "reason", 1024);
    return { type: "destroy", jid: destroy.attrs.jid, reason };
  });
}
