import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import type { OccupantLeft } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { roomId } from "@veche/proto/ids.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, elementsOf } from "../codec/xml/element.ts";
import { serialise } from "../codec/xml/serialise.ts";
import { Harness } from "../testing/harness.ts";
import {
  administer,
  bare,
  configure,
  from,
  gone,
  isError,
  itemOf,
  joinAs,
  meeting,
  room,
  set,
  withBody,
} from "../testing/meeting.ts";
import { conditionOf } from "../testing/scripted-client.ts";

test("members only: who is no member is told to register, who knows the password comes in", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  await set(
    owner,
    `<query xmlns="${ns.mucAdmin}"><item affiliation="member" jid="${guest.jid.split("/")[0]}"/></query>`,
  );
  await configure(owner, { membersonly: "true", roomsecret: "1234", passwordprotectedroom: "1" });
  const stranger = await harness.client();
  joinAs(stranger, "Ann");
  assert.equal(conditionOf(await stranger.next("presence")), "registration-required");
  stranger.send(
    `<presence to="${room}/${stranger.nick}"><x xmlns="${ns.muc}"><password>1234</password></x></presence>`,
  );
  await stranger.joined(room);
  guest.send(`<presence to="${room}/${guest.nick}" type="unavailable"/>`);
  await guest.next(gone(guest));
  guest.join(room);
  await guest.joined(room);
});

test("presences that come too fast are held back, and the last of them counts", async () => {
  const clock = new ManualClock(Date.now());
  await using met = await meeting({ clock, limits: { presencesPerMember: { perSecond: 1, burst: 2 } } });
  const { owner, guest } = met;
  for (let number = 1; number <= 9; number++) {
    owner.send(`<presence to="${room}/${owner.nick}"><n>${number}</n></presence>`);
  }
  await owner.settled();
  await clock.advance(2_000);
  await guest.next((stanza) => childOf(stanza, "n")?.getText() === "9");
  const relayed = guest.stanzas.filter((stanza) => childOf(stanza, "n")).length;
  assert.ok(relayed < 9, `${relayed} relayed`);
});

const badNicks = ["focus", "_x", "a-b", "a b", "a".repeat(65), "ä", "a/b"];

test("a nickname is letters, digits and underscores, at most 64, not another's and not changed", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const stranger = await harness.client();
  for (const nick of badNicks) {
    stranger.join(room, nick);
    assert.equal(conditionOf(await stranger.next("presence")), "not-acceptable", nick);
  }
  stranger.join(room, owner.nick);
  assert.equal(conditionOf(await stranger.next("presence")), "conflict");
  stranger.join(room, "a".repeat(64));
  await stranger.joined(room);
  stranger.send(`<presence to="${room}/other"/>`);
  assert.equal(conditionOf(await stranger.next(isError)), "not-acceptable");
});

test("who enters again from the same stream gets everything again, and nobody sees it join twice", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  guest.join(room);
  await guest.next((stanza) => stanza.attrs.from === `${room}/focus`);
  await guest.next(from(owner));
  await guest.joined(room);
  await harness.network.idle();
  assert.equal(harness.focus?.of("occupantJoined").length, 2);
});

test("a full room says so", async () => {
  await using met = await meeting({ env: { XMPP_MAX_OCCUPANTS: "2" } });
  const third = await met.harness.client();
  third.join(room);
  assert.equal(conditionOf(await third.next("presence")), "service-unavailable");
});

test("one stream is in at most so many rooms", async () => {
  await using harness = await Harness.start({ limits: { roomsPerSession: 2 } });
  const a = await harness.client();
  for (const name of ["one", "two"]) await a.enter(`${name}@muc.meet.jitsi`);
  await a.conference("three@muc.meet.jitsi");
  a.join("three@muc.meet.jitsi");
  assert.equal(conditionOf(await a.next(isError)), "resource-constraint");
});

test("room names in any script have one id, and tenants have rooms of their own", async () => {
  await using harness = await Harness.start();
  const a = await harness.client();
  const name = encodeURIComponent("5а класс").toLowerCase();
  await a.enter(`${name}@muc.meet.jitsi`);
  await a.conference("standup@muc.school7.meet.jitsi");
  a.join("standup@muc.school7.meet.jitsi");
  await a.joined("standup@muc.school7.meet.jitsi");
  await harness.network.idle();
  const refs = harness.focus?.of<OccupantLeft>("occupantJoined").map(({ room: ref }) => ref);
  assert.equal(refs?.[0]?.room, roomId("5а класс"));
  assert.equal(refs?.[0]?.name, name);
  assert.equal(refs?.[0]?.tenant, "main");
  assert.equal(refs?.[1]?.room, roomId("standup", "school7"));
  assert.equal(refs?.[1]?.tenant, "school7");
});

test("a presence that is too big is refused, and the room keeps the last good one", async () => {
  await using met = await meeting({ limits: { presenceBytes: 1_000 } });
  const { owner, guest } = met;
  owner.send(`<presence to="${room}/${owner.nick}"><x-big>${"a".repeat(1_001)}</x-big></presence>`);
  assert.equal(conditionOf(await owner.next(isError)), "policy-violation");
  await guest.settled();
  assert.equal(
    guest.has((stanza) => childOf(stanza, "x-big") !== undefined),
    false,
  );
});

test("who is kept out gets the error by which clients know what to do", async () => {
  await using met = await meeting({ env: { XMPP_MAX_OCCUPANTS: "3" } });
  const { harness, owner } = met;
  const stranger = await harness.client();
  const refused = async (address = room) => {
    joinAs(stranger, "Ann", address);
    const presence = await stranger.next(isError);
    assert.equal(presence.attrs.from, `${address}/${stranger.nick}`);
    const error = childOf(presence, "error") ?? assert.fail();
    const condition = conditionOf(presence);
    assert.equal(childOf(error, condition)?.getNS(), ns.stanzas);
    return { type: error.attrs.type, condition, text: childOf(error, "text", ns.stanzas)?.getText() };
  };
  const password = { roomsecret: "1234", passwordprotectedroom: "1" };
  await configure(owner, password);
  assert.deepEqual(await refused(), { type: "auth", condition: "not-authorized", text: undefined });
  await configure(owner, { ...password, membersonly: "1" });
  assert.deepEqual(await refused(), { type: "auth", condition: "registration-required", text: undefined });
  await configure(owner, { passwordprotectedroom: "0", membersonly: "0" });
  const third = await harness.client();
  await third.enter(room);
  assert.deepEqual(await refused(), { type: "wait", condition: "service-unavailable", text: "the room is full" });
  assert.deepEqual(await refused("nowhere@muc.meet.jitsi"), {
    type: "cancel",
    condition: "not-allowed",
    text: "Room creation is restricted",
  });
  await administer(owner, [`jid="${bare(stranger)}" affiliation="outcast"`]);
  assert.deepEqual(await refused(), { type: "auth", condition: "forbidden", text: undefined });
});

test("a room that is open under another spelling of its name says under which", async () => {
  await using harness = await Harness.start();
  const [a, b] = [await harness.client(), await harness.client()];
  const encoded = "5%d0%b0@muc.meet.jitsi";
  await a.enter(encoded);
  const asked = await b.conference("5а@muc.meet.jitsi");
  assert.equal(conditionOf(asked), "conflict");
  b.join("5а@muc.meet.jitsi");
  const refused = await b.next(isError);
  assert.equal(conditionOf(refused), "conflict");
  assert.ok(
    childOf(childOf(refused, "error") ?? assert.fail(), "text")
      ?.getText()
      .includes(encoded),
  );
});

test("whatever apps put into presences is passed on; what belongs to the way in and what gives rights is not", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const passed = [
    '<audiomuted xmlns="http://jitsi.org/jitmeet/audio">true</audiomuted>',
    '<videomuted xmlns="http://jitsi.org/jitmeet/video">false</videomuted>',
    '<ignore xmlns="http://jitsi.org/jitmeet/"/>',
    '<silent xmlns="http://jitsi.org/protocol/silent">true</silent>',
    "<userId>u</userId>",
    '<bot type="jigasi"/>',
    '<features><feature var="https://jitsi.org/meet/e2ee"/></features>',
    '<stat name="version" value="1"/>',
    "<shared-video url='v'>playing</shared-video>",
  ];
  const kept = [
    `<x xmlns="${ns.mucUser}"><item affiliation="owner" role="moderator" jid="focus@auth.meet.jitsi/focus"/></x>`,
    `<identity><user><id>boss</id></user><group>staff</group></identity>`,
    `<permissions xmlns="${ns.jitmeet}"><p name="recording" val="true"/></permissions>`,
    `<conference-properties xmlns="${ns.focus}"><property key="k" value="v"/></conference-properties>`,
  ];
  const client = await harness.client();
  await client.conference(room);
  client.join(room, client.nick, [...passed, ...kept].join(""));
  const seen = await owner.next(from(client));
  const own = await client.joined(room);
  for (const presence of [seen, own]) {
    const names = elementsOf(presence).map(({ name }) => name);
    const expected = passed.map((xml) => /^<([\w-]+)/.exec(xml)?.[1]);
    assert.deepEqual(names, [...expected, "x"]);
    assert.deepEqual([itemOf(presence)?.attrs.affiliation, itemOf(presence)?.attrs.role], ["none", "participant"]);
    assert.equal(itemOf(presence)?.attrs.jid, client.jid);
  }
});

test("nobody speaks for the room, or under another's name", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  const forged = [
    `<x xmlns="${ns.mucUser}"><status code="104"/><invite from="${room}/focus"/></x>`,
    `<nick xmlns="${ns.nick}">${owner.nick}</nick>`,
    `<delay xmlns="${ns.delay}" stamp="2020-01-01T00:00:00Z"/>`,
  ].join("");
  for (const [address, type] of [
    [room, "groupchat"],
    [`${room}/${owner.nick}`, "chat"],
  ]) {
    guest.send(`<message to="${address}" type="${type}"><body>${type}</body>${forged}</message>`);
    const message = await owner.next(withBody(type ?? ""));
    assert.equal(message.attrs.from, `${room}/${guest.nick}`);
    assert.ok(
      elementsOf(message).every(({ name }) => name === "body" || name === "display-name"),
      serialise(message),
    );
  }
  guest.send(`<message to="${room}" from="${room}/${owner.nick}" type="groupchat"><body>forged</body></message>`);
  assert.equal(conditionOf(await guest.next(isError)), "forbidden");
  guest.send(`<presence to="${room}/${owner.nick}"/>`);
  assert.equal(conditionOf(await guest.next(isError)), "not-acceptable");
});
