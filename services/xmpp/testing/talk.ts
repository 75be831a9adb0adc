import assert from "node:assert/strict";
import { childOf, type Element } from "../codec/xml/element.ts";
import type { FakeFocus } from "./fake-focus.ts";
import type { Harness, Options } from "./harness.ts";
import { fieldsOf, itemOf, jsonOf as jsonValueOf, type Meeting, meeting as twoInARoom } from "./meeting.ts";
import type { Match, ScriptedClient } from "./scripted-client.ts";

export { configure, get, isError, room, set, withBody } from "./meeting.ts";

/** A moderator and somebody else in a room, and the focus that hears of it. */
export async function meeting(
  options: Options = {},
): Promise<Meeting & AsyncDisposable & { readonly focus: FakeFocus }> {
  const met = await twoInARoom({ ...options, isResumable: true });
  return { ...met, focus: met.harness.focus ?? assert.fail("a meeting has a focus") };
}

/** The role in a presence of a room. */
export function roleIn(presence: Element): string | undefined {
  return itemOf(presence)?.attrs.role;
}

export const presenceFrom =
  (jid: string, type?: string): Match =>
  (stanza) =>
    stanza.name === "presence" && stanza.attrs.from === jid && stanza.attrs.type === type;

/** What the json-message of a stanza says. */
export function jsonOf<T = Record<string, unknown>>(stanza: Element): T | undefined {
  return jsonValueOf(stanza) as T | undefined;
}

/** A json-message of a component that satisfies `wanted`. */
export const json =
  (from: string, wanted: (value: Record<string, unknown>) => boolean = () => true): Match =>
  (stanza) => {
    if (stanza.name !== "message" || stanza.attrs.from !== from) return false;
    const value = jsonOf(stanza);
    return value !== undefined && wanted(value);
  };

/** The fields of the form in an answer. */
export function formIn(answer: Element): Readonly<Record<string, string | undefined>> {
  return fieldsOf(childOf(answer, "query"));
}

/** Leaves a room, and waits until the server has noticed. */
export async function leave(client: ScriptedClient, roomJid: string, status?: string): Promise<void> {
  const inside = status === undefined ? "" : `<status>${status}</status>`;
  client.send(`<presence to="${roomJid}/${client.nick}" type="unavailable">${inside}</presence>`);
  await client.next(presenceFrom(`${roomJid}/${client.nick}`, "unavailable"));
}

/** Leaves one room and enters another, as Jitsi's clients do. */
export async function move(client: ScriptedClient, from: string, to: string): Promise<void> {
  await leave(client, from, "switch_room");
  await client.enter(to);
}

/** Goes on with the stream of a client whose connection broke. */
export async function comeBack(harness: Harness, old: ScriptedClient): Promise<ScriptedClient> {
  const client = await harness.webSocket(`?previd=${old.resumeId}`);
  const resumed = await client.resume(old);
  assert.equal(resumed.name, "resumed");
  return client;
}
