import assert from "node:assert/strict";
import { test } from "node:test";
import { ns } from "../codec/namespaces.ts";
import { childOf, type Element } from "../codec/xml/element.ts";
import { administer, bare, configure, gone, isError, meeting, room } from "../testing/meeting.ts";
import { conditionOf, type ScriptedClient } from "../testing/scripted-client.ts";

function invite(client: ScriptedClient, to: readonly string[], inside = ""): void {
  const invites = to.map((jid) => `<invite to="${jid}">${inside}</invite>`).join("");
  client.send(`<message to="${room}" id="${client.id()}"><x xmlns="${ns.mucUser}">${invites}</x></message>`);
}

function invitationOf(stanza: Element): Element | undefined {
  const x = childOf(stanza, "x", ns.mucUser);
  return x && childOf(x, "invite");
}

test("who is invited gets the invitation from the room, on the stream that is meant, and may come in", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  await configure(owner, { roomsecret: "1234", passwordprotectedroom: "1" });
  const [ann, bob] = [await harness.client(), await harness.client()];
  invite(owner, [ann.jid, bare(bob)], "<reason>come &amp; see</reason>");
  for (const client of [ann, bob]) {
    const message = await client.next((stanza) => invitationOf(stanza) !== undefined);
    assert.equal(message.attrs.from, room);
    const invitation = invitationOf(message);
    assert.equal(invitation?.attrs.from, `${room}/${owner.nick}`);
    assert.equal(invitation && childOf(invitation, "reason")?.getText(), "come & see");
    client.join(room);
    await client.joined(room);
  }
});

test("only a moderator invites, nobody who was banned or is not there, and so many at once", async () => {
  await using met = await meeting({ limits: { invitesPerMessage: 2 } });
  const { harness, owner, guest } = met;
  const [ann, bob] = [await harness.client(), await harness.client()];
  await administer(owner, [`jid="${bare(bob)}" affiliation="outcast"`]);
  const attempts = [
    [guest, [ann.jid], "forbidden"],
    [ann, [ann.jid], "forbidden"],
    [owner, [bob.jid], "not-allowed"],
    [owner, ["nobody@meet.jitsi"], "item-not-found"],
    [owner, [`${bare(ann)}/elsewhere`], "item-not-found"],
    [owner, ["meet.jitsi"], "bad-request"],
    [owner, [ann.jid, ann.jid, ann.jid], "bad-request"],
  ] as const;
  for (const [client, to, condition] of attempts) {
    invite(client, to);
    assert.equal(conditionOf(await client.next(isError)), condition, to.join(" "));
  }
  await ann.settled();
  assert.ok(!ann.stanzas.some((stanza) => invitationOf(stanza) !== undefined && stanza.attrs.type !== "error"));
});

test("a moderator who went elsewhere for a while invites all the same, by their own address", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  owner.send(`<presence to="${room}/${owner.nick}" type="unavailable"><status>switch_room</status></presence>`);
  await guest.next(gone(owner));
  const ann = await harness.client();
  invite(owner, [ann.jid]);
  const message = await ann.next((stanza) => invitationOf(stanza) !== undefined);
  assert.equal(invitationOf(message)?.attrs.from, owner.jid);
});
