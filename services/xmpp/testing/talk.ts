import assert from "node:assert/strict";
import { ns } from "../codec/namespaces.ts";
import { childOf, childrenOf, type Element } from "../codec/xml/element.ts";
import type { FakeFocus } from "./fake-focus.ts";
import { Harness, type Options } from "./harness.ts";
import type { Match, ScriptedClient } from "./scripted-client.ts";

/** Short words for what conversation tests say again and again. */
export const room = "standup@muc.meet.jitsi";

export type Meeting = AsyncDisposable & {
  readonly harness: Harness;
  readonly focus: FakeFocus;
  readonly owner: ScriptedClient;
  readonly guest: ScriptedClient;
};

/** A moderator and somebody else in a room. */
export async function meeting(options: Options = {}): Promise<Meeting> {
  const harness = await Harness.start(options);
  const focus = harness.focus ?? assert.fail("a meeting has a focus");
  const [owner, guest] = [await harness.client(), await harness.client()];
  for (const client of [owner, guest]) await client.enableResume();
  await owner.enter(room);
  await guest.enter(room);
  await focus.grant(room, owner.nick);
  await guest.next((stanza) => presenceFrom(`${room}/${owner.nick}`)(stanza) && itemOf(stanza)?.role === "moderator");
  return { harness, focus, owner, guest, [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose]() };
}

/** The attributes of the item of a presence in a room. */
export function itemOf(presence: Element): Readonly<Record<string, string | undefined>> | undefined {
  const x = childOf(presence, "x", ns.mucUser);
  return x && childOf(x, "item")?.attrs;
}

export function statusesOf(stanza: Element): readonly (string | undefined)[] {
  const x = childOf(stanza, "x", ns.mucUser);
  return x ? childrenOf(x, "status").map(({ attrs }) => attrs.code) : [];
}

export const presenceFrom =
  (jid: string, type?: string): Match =>
  (stanza) =>
    stanza.name === "presence" && stanza.attrs.from === jid && stanza.attrs.type === type;

export const isError: Match = (stanza) => stanza.attrs.type === "error";
export const isMessage: Match = (stanza) => stanza.name === "message";

export const withBody =
  (text: string): Match =>
  (stanza) =>
    childOf(stanza, "body")?.getText() === text;

/** What the json-message of a stanza says. */
export function jsonOf<T = Record<string, unknown>>(stanza: Element): T | undefined {
  const json = childOf(stanza, "json-message", ns.jitmeet);
  return json && (JSON.parse(json.getText()) as T);
}

/** A json-message of a component that satisfies `wanted`. */
export const json =
  (from: string, wanted: (value: Record<string, unknown>) => boolean = () => true): Match =>
  (stanza) => {
    if (stanza.name !== "message" || stanza.attrs.from !== from) return false;
    const value = jsonOf(stanza);
    return value !== undefined && wanted(value);
  };

export function set(client: ScriptedClient, payload: string, to = room): Promise<Element> {
  return client.ask(`<iq type="set" id="${client.id()}" to="${to}">${payload}</iq>`);
}

export function get(client: ScriptedClient, payload: string, to = room): Promise<Element> {
  return client.ask(`<iq type="get" id="${client.id()}" to="${to}">${payload}</iq>`);
}

/** The owner's form is filled in. */
export function configure(client: ScriptedClient, fields: Readonly<Record<string, string>>): Promise<Element> {
  const xml = Object.entries(fields)
    .map(([name, value]) => `<field var="muc#roomconfig_${name}"><value>${value}</value></field>`)
    .join("");
  return set(client, `<query xmlns="${ns.mucOwner}"><x xmlns="${ns.data}" type="submit">${xml}</x></query>`);
}

/** The fields of the form in an answer. */
export function fieldsOf(answer: Element): Readonly<Record<string, string | undefined>> {
  const query = childOf(answer, "query");
  const form = query && childOf(query, "x", ns.data);
  const fields = form ? childrenOf(form, "field") : [];
  return Object.fromEntries(fields.map((field) => [field.attrs.var ?? "", childOf(field, "value")?.getText()]));
}

/** Leaves a room as a Jitsi client does that goes to another one. */
export async function leave(client: ScriptedClient, roomJid: string, status?: string): Promise<void> {
  const inside = status === undefined ? "" : `<status>${status}</status>`;
  client.send(`<presence to="${roomJid}/${client.nick}" type="unavailable">${inside}</presence>`);
  await client.next(presenceFrom(`${roomJid}/${client.nick}`, "unavailable"));
}

/** Leaves one room and enters another. */
export async function move(client: ScriptedClient, from: string, to: string): Promise<void> {
  await leave(client, from, "switch_room");
  await client.enter(to);
}

/** The process is killed; the client's connection with it. It comes back as Jitsi's clients do. */
export async function comeBack(harness: Harness, old: ScriptedClient): Promise<ScriptedClient> {
  const client = await harness.webSocket(`?previd=${old.resumeId}`);
  const resumed = await client.resume(old);
  assert.equal(resumed.name, "resumed");
  return client;
}
