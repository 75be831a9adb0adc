import assert from "node:assert/strict";
import type { LobbyLeft } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, type Element } from "../codec/xml/element.ts";
import type { Harness, Options } from "./harness.ts";
import { administer, bare, configure, isError, joinAs, jsonOf, meeting, room } from "./meeting.ts";
import { conditionOf, type ScriptedClient } from "./scripted-client.ts";

export const lobby = "standup@lobby.meet.jitsi";

/** A room whose moderator has turned the lobby on and looks after it. */
export async function withLobby(options: Options & { readonly isResumable?: boolean } = {}) {
  const met = await meeting(options);
  const { owner, guest } = met;
  await administer(owner, [`affiliation="member" jid="${bare(guest)}"`]);
  assert.equal((await configure(owner, { membersonly: "true", whois: "anyone" })).attrs.type, "result");
  owner.join(lobby);
  await owner.joined(lobby);
  return met;
}

/** Somebody who is refused by the room and waits. */
export async function waiter(harness: Harness, name = "Ann"): Promise<ScriptedClient> {
  const client = await harness.client();
  await knock(client, name);
  return client;
}

export async function knock(client: ScriptedClient, name = "Ann"): Promise<void> {
  joinAs(client, name);
  const refused = await client.next(isError);
  assert.equal(conditionOf(refused), "registration-required");
  joinAs(client, name, lobby);
  await client.joined(lobby);
}

export const inLobby = (client: ScriptedClient, type?: string) => (stanza: Element) =>
  stanza.name === "presence" && stanza.attrs.from === `${lobby}/${client.nick}` && stanza.attrs.type === type;

export const notified = (event: string) => (stanza: Element) => jsonOf(stanza)?.event === event;

export function inviteOf(stanza: Element): Element | undefined {
  const x = childOf(stanza, "x", ns.mucUser);
  return x && childOf(x, "invite");
}

export const invited = (stanza: Element) => stanza.name === "message" && inviteOf(stanza) !== undefined;

export function invite(client: ScriptedClient, to: readonly ScriptedClient[]): void {
  const invites = to.map(({ jid }) => `<invite to="${jid}"/>`).join("");
  client.send(`<message to="${room}" id="${client.id()}"><x xmlns="${ns.mucUser}">${invites}</x></message>`);
}

export async function lobbyLeft(harness: Harness): Promise<Pick<LobbyLeft, "endpoint" | "reason" | "by">[]> {
  await harness.network.idle();
  const left = harness.focus?.of<LobbyLeft>("lobbyLeft") ?? [];
  return left.map(({ endpoint, reason, by }) => ({ endpoint, reason, by }));
}
