import assert from "node:assert/strict";
import { test } from "node:test";
import type { LobbyEntered } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, childrenOf, type Element, elementsOf } from "../codec/xml/element.ts";
import { unit } from "../testing/fake-focus.ts";
import {
  inLobby,
  invite,
  invited,
  inviteOf,
  knock,
  lobby,
  lobbyLeft,
  notified,
  waiter,
  withLobby,
} from "../testing/lobby.ts";
import {
  administer,
  bare,
  configure,
  destroyOf,
  get,
  isError,
  itemOf,
  joinAs,
  jsonOf,
  meeting,
  room,
  roomInfo,
  roomRef,
  statusesOf,
  withStatus,
} from "../testing/meeting.ts";
import { conditionOf } from "../testing/scripted-client.ts";

test("a moderator turns the lobby on, and everybody learns of it", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  await configure(owner, { membersonly: "true", whois: "anyone" });
  await guest.next(withStatus("104"));
  const metadata = await guest.next((stanza) =>
    Object.hasOwn((jsonOf(stanza)?.metadata as object) ?? {}, "lobbyEnabled"),
  );
  assert.deepEqual(jsonOf(metadata)?.metadata, { lobbyEnabled: true });
  const notice = await guest.next(notified("LOBBY-ENABLED"));
  assert.equal(notice.attrs.from, `${room}/${owner.nick}`);
  assert.equal(notice.attrs.type, "groupchat");
  assert.deepEqual(jsonOf(notice), { type: "lobby-notify", event: "LOBBY-ENABLED", value: true });
  const { fields, features } = await roomInfo(guest);
  assert.equal(fields["muc#roominfo_lobbyroom"], lobby);
  assert.ok(features.includes("muc_membersonly"));
  await harness.network.idle();
  const updated = harness.focus?.of<{ changed: string[]; by: string; policy?: { membersOnly: boolean } }>(
    "roomUpdated",
  );
  assert.deepEqual(updated?.at(-1)?.changed, ["lobby"]);
  assert.equal(updated?.at(-1)?.policy?.membersOnly, true);
  assert.equal(updated?.at(-1)?.by, owner.nick);
});

test("clients find the lobby by disco, and that it wants a name", async () => {
  await using met = await meeting();
  const { guest } = met;
  const domain = childOf(await get(guest, `<query xmlns="${ns.discoInfo}"/>`, "meet.jitsi"), "query");
  const identities = domain ? childrenOf(domain, "identity").map(({ attrs }) => [attrs.type, attrs.name]) : [];
  assert.ok(identities.some(([type, name]) => type === "lobbyrooms" && name === "lobby.meet.jitsi"));
  const query = `<query xmlns="${ns.discoInfo}" node="lobbyrooms"/>`;
  const info = childOf(await get(guest, query, "lobby.meet.jitsi"), "query");
  assert.equal(info?.attrs.node, "lobbyrooms");
  assert.ok(info && elementsOf(info).some(({ attrs }) => attrs.var?.endsWith("#displayname_required")));
});

test("who is no member is told where the lobby is, in both spellings that clients read", async () => {
  await using met = await withLobby();
  const stranger = await met.harness.client();
  joinAs(stranger, "Ann");
  const refused = await stranger.next(isError);
  const error = childOf(refused, "error");
  assert.equal(error?.attrs.type, "auth");
  assert.equal(conditionOf(refused), "registration-required");
  const rooms = error ? childrenOf(error, "lobbyroom") : [];
  assert.deepEqual(
    rooms.map((element) => [element.getNS(), element.getText()]),
    [
      [ns.client, lobby],
      [ns.jitmeet, lobby],
    ],
  );
});

test("who says no name is asked for one", async () => {
  await using met = await withLobby();
  const stranger = await met.harness.client();
  for (const address of [room, lobby]) {
    stranger.join(address);
    const refused = await stranger.next(isError);
    const error = childOf(refused, "error");
    assert.equal(error?.attrs.type, "modify");
    const required = error && childOf(error, "displayname-required", ns.jitmeet);
    assert.equal(required?.attrs.lobby, "true", address);
  }
});

test("moderators see who waits, with the real address; who waits sees only itself", async () => {
  await using met = await withLobby();
  const { harness, owner, guest } = met;
  const ann = await waiter(harness);
  const bob = await waiter(harness, "Bob");
  const seen = await owner.next(inLobby(ann));
  assert.equal(itemOf(seen)?.attrs.jid, ann.jid);
  assert.equal(childOf(seen, "nick", ns.nick)?.getText(), "Ann");
  ann.send(`<presence to="${lobby}/${ann.nick}"><nick xmlns="${ns.nick}">Ann</nick><email>ann@x</email></presence>`);
  await owner.next((stanza) => inLobby(ann)(stanza) && childOf(stanza, "email")?.getText() === "ann@x");
  await owner.next(inLobby(bob));
  await bob.settled();
  const others = ann.stanzas.filter(({ name, attrs }) => name === "presence" && attrs.from?.startsWith(lobby));
  assert.ok(others.every(({ attrs }) => attrs.from === `${lobby}/${ann.nick}`));
  await guest.settled();
  assert.ok(!guest.has(({ attrs }) => attrs.from?.startsWith("standup@lobby") === true));
  await harness.network.idle();
  const entered = harness.focus?.of<LobbyEntered>("lobbyEntered").map(({ visitor }) => visitor);
  assert.deepEqual(
    entered?.map((visitor) => [visitor?.endpoint, visitor?.displayName]),
    [
      [ann.nick, "Ann"],
      [bob.nick, "Bob"],
    ],
  );
  const snapshot = await harness.focus?.bus.request(xmpp.snapshot, { unit }, {});
  const waiting = snapshot?.rooms[0]?.lobby?.visitors.map((visitor) => visitor.endpoint);
  assert.deepEqual(waiting, [ann.nick, bob.nick], "also to a focus that looks at the room later");
});

test("a moderator who comes later sees who waits already", async () => {
  await using met = await withLobby();
  const { harness, owner, guest } = met;
  const ann = await waiter(harness);
  await administer(owner, [`affiliation="owner" jid="${bare(guest)}"`]);
  guest.join(lobby);
  await guest.next(inLobby(ann));
  await guest.joined(lobby);
  await administer(owner, [`affiliation="member" jid="${bare(guest)}"`]);
  await guest.next(inLobby(ann, "unavailable"));
});

test("a moderator lets people in by an invitation, several at once, and it is told to the room", async () => {
  await using met = await withLobby();
  const { harness, owner, guest } = met;
  const [ann, bob] = [await waiter(harness), await waiter(harness, "Bob")];
  invite(owner, [ann, bob]);
  for (const [client, name] of [
    [ann, "Ann"],
    [bob, "Bob"],
  ] as const) {
    const message = await client.next(invited);
    assert.equal(message.attrs.from, room);
    assert.equal(inviteOf(message)?.attrs.from, `${room}/${owner.nick}`);
    const notice = await guest.next(notified("LOBBY-ACCESS-GRANTED"));
    assert.equal(notice.attrs.from, `${room}/${owner.nick}`);
    assert.deepEqual(jsonOf(notice), {
      type: "lobby-notify",
      event: "LOBBY-ACCESS-GRANTED",
      value: bare(client),
      name,
    });
    await client.conference(room);
    joinAs(client, name);
    await client.joined(room);
    await owner.next(inLobby(client, "unavailable"));
  }
  assert.deepEqual(await lobbyLeft(harness), [
    { endpoint: ann.nick, reason: "admitted", by: owner.nick },
    { endpoint: bob.nick, reason: "admitted", by: owner.nick },
  ]);
});

test("a moderator lets somebody in by making them a member", async () => {
  await using met = await withLobby();
  const { harness, owner } = met;
  const ann = await waiter(harness);
  await administer(owner, [`affiliation="member" jid="${bare(ann)}"`]);
  await ann.next(invited);
  joinAs(ann, "Ann");
  await ann.joined(room);
  assert.deepEqual(await lobbyLeft(harness), [{ endpoint: ann.nick, reason: "admitted", by: owner.nick }]);
});

test("only a moderator lets people in", async () => {
  await using met = await withLobby();
  const { harness, guest } = met;
  const [ann, bob] = [await waiter(harness), await waiter(harness, "Bob")];
  for (const client of [guest, ann]) {
    invite(client, [bob]);
    assert.equal(conditionOf(await client.next(isError)), "forbidden");
  }
  const sendAway = await administer(ann, [`nick="${bob.nick}" role="none"`], lobby);
  assert.equal(conditionOf(sendAway), "forbidden");
  joinAs(bob, "Bob");
  assert.equal(conditionOf(await bob.next(isError)), "registration-required");
});

test("a moderator sends somebody away, who learns it and may knock again", async () => {
  await using met = await withLobby();
  const { harness, owner, guest } = met;
  const ann = await waiter(harness);
  assert.equal((await administer(owner, [`nick="${ann.nick}" role="none"`], lobby)).attrs.type, "result");
  const own = await ann.next(inLobby(ann, "unavailable"));
  assert.deepEqual(statusesOf(own), ["307", "110"]);
  await owner.next(inLobby(ann, "unavailable"));
  const notice = await guest.next(notified("LOBBY-ACCESS-DENIED"));
  assert.equal(jsonOf(notice)?.name, "Ann");
  assert.deepEqual(await lobbyLeft(harness), [{ endpoint: ann.nick, reason: "rejected", by: owner.nick }]);
  await knock(ann);
});

test("in a lobby nobody is made anything, and moderators are not sent away", async () => {
  await using met = await withLobby();
  const { harness, owner } = met;
  const ann = await waiter(harness);
  const attempts = [
    [`affiliation="owner" jid="${bare(ann)}"`, "not-allowed"],
    [`nick="${owner.nick}" role="none"`, "not-allowed"],
    [`nick="nobody" role="none"`, "item-not-found"],
  ] as const;
  for (const [item, condition] of attempts) {
    assert.equal(conditionOf(await administer(owner, [item], lobby)), condition, item);
  }
});

test("who waits talks with the moderators only", async () => {
  await using met = await withLobby();
  const { harness, owner } = met;
  const [ann, bob] = [await waiter(harness), await waiter(harness, "Bob")];
  const chat = (text: string) =>
    `<json-message xmlns="${ns.jitmeet}">{"type":"LOBBY_CHAT_MESSAGE","message":"${text}"}</json-message>`;
  const says = (text: string) => (stanza: Element) => jsonOf(stanza)?.message === text;
  ann.send(
    `<message to="${lobby}" type="groupchat">${chat("let me in")}<nick xmlns="${ns.nick}">Boss</nick></message>`,
  );
  const heard = await owner.next(says("let me in"));
  assert.equal(heard.attrs.from, `${lobby}/${ann.nick}`);
  assert.equal(childOf(heard, "nick"), undefined);
  await ann.next(says("let me in"));
  owner.send(`<message to="${lobby}/${ann.nick}" type="chat">${chat("one moment")}</message>`);
  assert.equal((await ann.next(says("one moment"))).attrs.from, `${lobby}/${owner.nick}`);
  ann.send(`<message to="${lobby}/${owner.nick}" type="chat">${chat("thank you")}</message>`);
  await owner.next(says("thank you"));
  owner.send(`<message to="${lobby}" type="groupchat">${chat("patience")}</message>`);
  for (const client of [ann, bob]) await client.next(says("patience"));
  ann.send(`<message to="${lobby}/${bob.nick}" type="chat" id="p">${chat("psst")}</message>`);
  assert.equal(conditionOf(await ann.next(isError)), "item-not-found");
  const stranger = await harness.client();
  stranger.send(`<message to="${lobby}" type="groupchat" id="q">${chat("hi")}</message>`);
  assert.equal(conditionOf(await stranger.next(isError)), "not-acceptable");
  await bob.settled();
  assert.ok(!bob.has(says("let me in")) && !bob.has(says("psst")));
});

test("turning the lobby off sends everybody who waits to the room", async () => {
  await using met = await withLobby();
  const { harness, owner, guest } = met;
  const ann = await waiter(harness);
  await configure(owner, { membersonly: "false", whois: "anyone" });
  const destroyed = await ann.next(inLobby(ann, "unavailable"));
  assert.equal(destroyOf(destroyed)?.attrs.jid, room);
  assert.ok(destroyOf(await owner.next(inLobby(owner, "unavailable"))));
  assert.equal(jsonOf(await guest.next((stanza) => jsonOf(stanza)?.value === false))?.event, "LOBBY-ENABLED");
  assert.equal((await roomInfo(guest)).fields["muc#roominfo_lobbyroom"], undefined);
  assert.deepEqual(await lobbyLeft(harness), [{ endpoint: ann.nick, reason: "admitted", by: owner.nick }]);
  joinAs(ann, "Ann", lobby);
  const refused = await ann.next(isError);
  const text = childOf(childOf(refused, "error") ?? assert.fail(), "text");
  assert.equal(text?.getText(), "Room creation is restricted");
  joinAs(ann, "Ann");
  await ann.joined(room);
});

test("when the meeting ends, the lobby ends without another room to go to", async () => {
  await using met = await withLobby();
  const { harness } = met;
  const ann = await waiter(harness);
  await harness.focus?.bus.request(xmpp.closeRoom, { unit }, { room: roomRef(harness), reason: "limit", text: "over" });
  const destroy = destroyOf(await ann.next(inLobby(ann, "unavailable")));
  assert.ok(destroy);
  assert.equal(destroy.attrs.jid, undefined);
  assert.deepEqual(await lobbyLeft(harness), [{ endpoint: ann.nick, reason: "ended", by: "" }]);
});

test("the password opens the room past the lobby, and who was let in needs none", async () => {
  await using met = await withLobby();
  const { harness, owner } = met;
  await configure(owner, { roomsecret: "1234", passwordprotectedroom: "1", membersonly: "true", whois: "anyone" });
  const [ann, bob] = [await waiter(harness), await waiter(harness, "Bob")];
  const x = (password: string) => `<x xmlns="${ns.muc}"><password>${password}</password></x>`;
  ann.send(`<presence to="${room}/${ann.nick}">${x("0000")}<nick xmlns="${ns.nick}">Ann</nick></presence>`);
  assert.equal(conditionOf(await ann.next(isError)), "registration-required");
  ann.send(`<presence to="${room}/${ann.nick}">${x("1234")}</presence>`);
  await ann.joined(room);
  await ann.next(inLobby(ann, "unavailable"));
  invite(owner, [bob]);
  await bob.next(invited);
  joinAs(bob, "Bob");
  await bob.joined(room);
  assert.deepEqual(
    (await lobbyLeft(harness)).map(({ reason }) => reason),
    ["admitted", "admitted"],
  );
});
