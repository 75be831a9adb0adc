import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { childOf } from "../codec/xml/element.ts";
import { FakeFocus, unit } from "../testing/fake-focus.ts";
import { Harness } from "../testing/harness.ts";
import { gone, meeting, room, roomRef } from "../testing/meeting.ts";
import { isOwn } from "../testing/scripted-client.ts";

test("an empty room is gone after ten seconds, one that nobody entered after fifteen", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const a = await harness.client();
  await a.enter(room);
  await a.conference("other@muc.meet.jitsi");
  a.send(`<presence to="${room}/${a.nick}" type="unavailable"/>`);
  await a.next(gone(a));
  await clock.advance(9_000);
  assert.equal(harness.focus?.of("roomDestroyed").length, 0);
  await clock.advance(1_000);
  await harness.network.idle();
  assert.equal(harness.focus?.of("roomDestroyed").length, 1);
  await clock.advance(5_000);
  await harness.network.idle();
  assert.equal(harness.focus?.of("roomDestroyed").length, 2);
});

test("while the focus is away a conference request waits for it", async () => {
  await using harness = await Harness.start({ withFocus: false });
  const a = await harness.client();
  const asked = a.conference(room);
  await a.settled();
  const focus = new FakeFocus(harness.network);
  assert.equal((await asked).attrs.type, "result");
  focus.close();
});

test("the focus closes a room with people in it, and they learn why", async () => {
  await using met = await meeting();
  const { harness, guest } = met;
  const request = { room: roomRef(harness), reason: "limit", text: "time is up" };
  await harness.focus?.bus.request(xmpp.closeRoom, { unit }, request);
  const own = await guest.next(gone(guest));
  assert.ok(isOwn(own));
  await harness.focus?.bus.request(xmpp.closeRoom, { unit }, request);
});

test("a room that the focus takes for empty is kept for who has just come in", async () => {
  await using met = await meeting();
  const { harness, guest, owner } = met;
  const request = { room: roomRef(harness), reason: "empty", onlyEmpty: true };
  const closing = harness.focus?.bus.request(xmpp.closeRoom, { unit }, request) ?? assert.fail();
  await assert.rejects(closing, { code: "failed-precondition" });
  guest.send(`<message type="groupchat" to="${room}"><body>still here</body></message>`);
  await owner.next((stanza) => childOf(stanza, "body")?.getText() === "still here");
});

test("the focus is told what it asks wrongly", async () => {
  await using met = await meeting();
  const { harness, guest } = met;
  const bus = harness.focus?.bus ?? assert.fail();
  const ref = roomRef(harness);
  await assert.rejects(bus.request(xmpp.kickOccupant, { unit }, { room: ref, endpoint: "nobody" }), {
    code: "not-found",
  });
  await assert.rejects(bus.request(xmpp.openRoom, { unit }, {}), { code: "invalid-argument" });
  await assert.rejects(bus.request(xmpp.initiateSession, { unit }, { room: ref, endpoint: guest.nick }), {
    code: "invalid-argument",
  });
  await assert.rejects(bus.request(xmpp.askToMute, { unit }, { room: ref, endpoint: guest.nick, media: "smell" }), {
    code: "invalid-argument",
  });
});
