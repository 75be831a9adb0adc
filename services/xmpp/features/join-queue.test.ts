import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { Harness } from "../testing/harness.ts";
import { room } from "../testing/meeting.ts";
import { conditionOf } from "../testing/scripted-client.ts";

test("a join that waits for a room longer than ten seconds is told to come back later", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const never = Promise.withResolvers<void>();
  if (harness.focus) harness.focus.gate = never.promise;
  const a = await harness.client();
  void a.conference(room).catch(() => {});
  a.join(room);
  await a.settled();
  await clock.advance(10_000);
  const refused = await a.next((stanza) => stanza.name === "presence");
  assert.equal(conditionOf(refused), "service-unavailable");
});

test("one address opens so many rooms in a minute; a class that opens one room together opens one", async () => {
  await using harness = await Harness.start({ env: { XMPP_ROOM_CREATION_PER_MINUTE: "2" } });
  const clients = await Promise.all(Array.from({ length: 40 }, () => harness.client()));
  await Promise.all(clients.map((client) => client.enter(room)));
  const [a] = clients;
  assert.equal((await a?.conference("second@muc.meet.jitsi"))?.attrs.type, "result");
  const refused = await a?.conference("third@muc.meet.jitsi");
  assert.equal(conditionOf(refused ?? assert.fail()), "resource-constraint");
});
