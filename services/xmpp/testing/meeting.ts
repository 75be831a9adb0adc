import type { Affiliation, OccupantLeft, RoomRef } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, childrenOf, type Element, elementsOf } from "../codec/xml/element.ts";
import { unit } from "./fake-focus.ts";
import { Harness, type Options } from "./harness.ts";
import type { ScriptedClient } from "./scripted-client.ts";

export const room = "standup@muc.meet.jitsi";

export type Meeting = { readonly harness: Harness; readonly owner: ScriptedClient; readonly guest: ScriptedClient };

/** A moderator and somebody else in a room; `isResumable`: their streams can be gone on with. */
export async function meeting(
  options: Options & { readonly isResumable?: boolean } = {},
): Promise<Meeting & AsyncDisposable> {
  const harness = await Harness.start(options);
  const [owner, guest] = [await harness.client(), await harness.client()];
  for (const client of [owner, guest]) {
    if (options.isResumable) await client.enableResume();
    await client.enter(room);
  }
  await grant(harness, owner.nick, 4);
  await guest.next((stanza) => from(owner)(stanza) && affiliationOf(stanza) === "owner");
  return { harness, owner, guest, [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose]() };
}

export function roomRef(harness: Harness): RoomRef | undefined {
  return harness.focus?.of<OccupantLeft>("occupantJoined")[0]?.room;
}

/** As the focus does it. */
export async function grant(harness: Harness, endpoint: string, affiliation: Affiliation): Promise<void> {
  await harness.focus?.bus.request(xmpp.setAffiliation, { unit }, { room: roomRef(harness), endpoint, affiliation });
}

export const from = (client: ScriptedClient) => (stanza: Element) => stanza.attrs.from === `${room}/${client.nick}`;
export const gone = (client: ScriptedClient) => (stanza: Element) =>
  from(client)(stanza) && stanza.attrs.type === "unavailable";
export const withBody = (text: string) => (stanza: Element) => childOf(stanza, "body")?.getText() === text;
export const isError = (stanza: Element) => stanza.attrs.type === "error";
export const withStatus = (code: string) => (stanza: Element) => statusesOf(stanza).includes(code);

export function itemOf(stanza: Element): Element | undefined {
  const x = childOf(stanza, "x", ns.mucUser);
  return x && childOf(x, "item");
}

export function affiliationOf(stanza: Element): string | undefined {
  return itemOf(stanza)?.attrs.affiliation;
}

export function statusesOf(stanza: Element): (string | undefined)[] {
  const x = childOf(stanza, "x", ns.mucUser);
  return x ? childrenOf(x, "status").map(({ attrs }) => attrs.code) : [];
}

/** The `<destroy>` of a presence. */
export function destroyOf(stanza: Element): Element | undefined {
  const x = childOf(stanza, "x", ns.mucUser);
  return x && childOf(x, "destroy");
}

/** What a json-message says; undefined where there is none. */
export function jsonOf(stanza: Element): Record<string, unknown> | undefined {
  const text = childOf(stanza, "json-message", ns.jitmeet)?.getText();
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
}

export const withJson = (type: string) => (stanza: Element) => jsonOf(stanza)?.type === type;

export function set(client: ScriptedClient, payload: string, to = room): Promise<Element> {
  return client.ask(`<iq type="set" id="${client.id()}" to="${to}">${payload}</iq>`);
}

export function get(client: ScriptedClient, payload: string, to = room): Promise<Element> {
  return client.ask(`<iq type="get" id="${client.id()}" to="${to}">${payload}</iq>`);
}

/** `items`: attributes of each. */
export function administer(client: ScriptedClient, items: readonly string[], to = room): Promise<Element> {
  const xml = items.map((attributes) => `<item ${attributes}/>`).join("");
  return set(client, `<query xmlns="${ns.mucAdmin}">${xml}</query>`, to);
}

export function configure(client: ScriptedClient, fields: Readonly<Record<string, string>>): Promise<Element> {
  const xml = Object.entries(fields)
    .map(([name, value]) => `<field var="muc#roomconfig_${name}"><value>${value}</value></field>`)
    .join("");
  return set(client, `<query xmlns="${ns.mucOwner}"><x xmlns="${ns.data}" type="submit">${xml}</x></query>`);
}

export function fieldsOf(query: Element | undefined): Record<string, string | undefined> {
  const form = query && childOf(query, "x", ns.data);
  const fields = form ? childrenOf(form, "field") : [];
  return Object.fromEntries(fields.map((field) => [field.attrs.var ?? "", childOf(field, "value")?.getText()]));
}

/** Fields and features of a room's disco#info. */
export async function roomInfo(client: ScriptedClient, jid = room) {
  const query = childOf(await get(client, `<query xmlns="${ns.discoInfo}"/>`, jid), "query", ns.discoInfo);
  const features = query ? elementsOf(query).flatMap(({ attrs }) => attrs.var ?? []) : [];
  return { fields: fieldsOf(query), features };
}

/** A presence to enter with a name, as clients send it. */
export function joinAs(client: ScriptedClient, name: string, jid = room, inside = ""): void {
  client.join(jid, client.nick, `<nick xmlns="${ns.nick}">${name}</nick>${inside}`);
}

export function leave(client: ScriptedClient, jid = room): void {
  client.send(`<presence to="${jid}/${client.nick}" type="unavailable"/>`);
}

export function bare(client: ScriptedClient): string {
  return client.jid.split("/")[0] ?? "";
}
