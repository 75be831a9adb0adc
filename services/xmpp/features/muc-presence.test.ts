import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import type { OccupantLeft } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { roomId } from "@veche/proto/ids.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf } from "../codec/xml/element.ts";
import { Harness } from "../testing/harness.ts";
import { configure, from, gone, isError, joinAs, meeting, room, set } from "../testing/meeting.ts";
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
