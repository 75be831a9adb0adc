import assert from "node:assert/strict";
import { test } from "node:test";
import type { LobbyEntered } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, childrenOf } from "../codec/xml/element.ts";
import { unit } from "../testing/fake-focus.ts";
import { inLobby, invite, invited, knock, lobby, lobbyLeft, waiter, withLobby } from "../testing/lobby.ts";
import {
  administer,
  bare,
  configure,
  gone,
  grant,
  isError,
  itemOf,
  joinAs,
  leave,
  meeting,
  roomInfo,
  withJson,
} from "../testing/meeting.ts";
import { conditionOf, isOwn } from "../testing/scripted-client.ts";

test("the lobby stays on when the last moderator leaves, and the next one finds who waits", async () => {
  await using met = await withLobby();
  const { harness, owner, guest } = met;
  const ann = await waiter(harness);
  leave(owner, lobby);
  leave(owner);
  await guest.next(gone(owner));
  assert.equal((await roomInfo(guest)).fields["muc#roominfo_lobbyroom"], lobby);
  await grant(harness, guest.nick, 4);
  guest.join(lobby);
  await guest.next(inLobby(ann));
  invite(guest, [ann]);
  await ann.next(invited);
});

test("a moderator whose connection breaks is a moderator of the same lobby when it comes back", async () => {
  await using met = await meeting({ isResumable: true });
  const { harness, owner, guest } = met;
  await administer(owner, [`affiliation="member" jid="${bare(guest)}"`]);
  await configure(owner, { membersonly: "true" });
  owner.join(lobby);
  await owner.joined(lobby);
  owner.drop();
  const ann = await waiter(harness);
  const back = await harness.webSocket(`?previd=${owner.resumeId}`);
  await back.resume(owner);
  await back.next(inLobby(ann));
  invite(back, [ann]);
  await ann.next(invited);
});

test("after kill -9 the lobby is as it was: who waited waits, who is gone for good has left", async () => {
  await using met = await meeting({ isResumable: true });
  const { harness, owner, guest } = met;
  await administer(owner, [`affiliation="member" jid="${bare(guest)}"`]);
  await configure(owner, { membersonly: "true" });
  owner.join(lobby);
  await owner.joined(lobby);
  const [ann, bob] = [await harness.client(), await harness.client()];
  await ann.enableResume();
  await knock(ann);
  await knock(bob, "Bob");
  await owner.next(inLobby(bob));
  const [annId, ownerId] = [await ann.acknowledged(), await owner.acknowledged()];
  assert.ok(annId > 0 && ownerId > 0);
  await harness.killAndRestart();
  const [annBack, ownerBack] = [
    await harness.webSocket(`?previd=${ann.resumeId}`),
    await harness.webSocket(`?previd=${owner.resumeId}`),
  ];
  assert.equal((await annBack.resume(ann)).name, "resumed");
  assert.equal((await ownerBack.resume(owner)).name, "resumed");
  await ownerBack.next(inLobby(bob, "unavailable"));
  assert.deepEqual(await lobbyLeft(harness), [{ endpoint: bob.nick, reason: "timeout", by: "" }]);
  annBack.send(`<presence to="${lobby}/${ann.nick}"><nick xmlns="${ns.nick}">Ann B</nick></presence>`);
  const seen = await ownerBack.next((stanza) => childOf(stanza, "nick")?.getText() === "Ann B");
  assert.equal(itemOf(seen)?.attrs.jid, ann.jid);
  invite(ownerBack, [annBack]);
  await annBack.next(invited);
});

test("who waits and goes has left; who waits and loses the connection for good, too", async () => {
  await using met = await withLobby();
  const { harness, owner } = met;
  const [ann, bob] = [await waiter(harness), await waiter(harness, "Bob")];
  leave(ann, lobby);
  assert.ok(isOwn(await ann.next(inLobby(ann, "unavailable"))));
  bob.drop();
  await owner.next(inLobby(bob, "unavailable"));
  assert.deepEqual(
    (await lobbyLeft(harness)).map(({ reason }) => reason),
    ["client", "timeout"],
  );
});

test("so many wait, under a name of a reasonable length, and nobody knocks all the time", async () => {
  const lobbyLimits = {
    waiters: 1,
    nameLength: 10,
    presenceBytes: 500,
    entriesPerSession: { perSecond: 0.001, burst: 4 },
  };
  await using met = await withLobby({ limits: { lobby: lobbyLimits } });
  const { harness } = met;
  await waiter(harness);
  const bob = await harness.client();
  const attempts = [
    ["B".repeat(11), "policy-violation"],
    [`Bob</nick><x-big>${"b".repeat(500)}</x-big><nick>`, "policy-violation"],
    ["Bob", "service-unavailable"],
    ["Bob", "service-unavailable"],
    ["Bob", "resource-constraint"],
  ] as const;
  for (const [name, condition] of attempts) {
    joinAs(bob, name, lobby);
    assert.equal(conditionOf(await bob.next(isError)), condition);
  }
});

test("a lobby of a tenant's room is the tenant's own", async () => {
  await using met = await meeting();
  const { harness } = met;
  const tenantRoom = "standup@muc.school7.meet.jitsi";
  const head = await harness.client();
  await head.enter(tenantRoom);
  const ref = harness.focus?.of<LobbyEntered>("occupantJoined").at(-1)?.room;
  await harness.focus?.bus.request(xmpp.setAffiliation, { unit }, { room: ref, endpoint: head.nick, affiliation: 4 });
  const form = `<x xmlns="${ns.data}" type="submit"><field var="muc#roomconfig_membersonly"><value>1</value></field></x>`;
  await head.ask(`<iq type="set" id="f" to="${tenantRoom}"><query xmlns="${ns.mucOwner}">${form}</query></iq>`);
  const address = "[school7]standup@lobby.meet.jitsi";
  assert.equal((await roomInfo(head, tenantRoom)).fields["muc#roominfo_lobbyroom"], address);
  const ann = await harness.client();
  joinAs(ann, "Ann", address);
  await ann.joined(address);
  head.join(address);
  await head.next(({ attrs }) => attrs.from === `${address}/${ann.nick}`);
});

test("what a client says of its own rights in a lobby is not passed on", async () => {
  await using met = await withLobby();
  const { harness, owner } = met;
  const ann = await harness.client();
  const forged = `<x xmlns="${ns.mucUser}"><item affiliation="owner" role="moderator"/></x><identity><user/></identity>`;
  joinAs(ann, "Ann", lobby, forged);
  const seen = await owner.next(inLobby(ann));
  assert.equal(childrenOf(seen, "x").length, 1);
  assert.equal(itemOf(seen)?.attrs.affiliation, "none");
  assert.equal(childOf(seen, "identity"), undefined);
  assert.ok(!withJson("room_metadata")(seen));
});
