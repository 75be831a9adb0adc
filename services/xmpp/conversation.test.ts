import assert from "node:assert/strict";
import { test } from "node:test";
import { ns } from "./codec/namespaces.ts";
import { childOf } from "./codec/xml/element.ts";
import { Harness } from "./testing/harness.ts";

const room = "standup@muc.meet.jitsi";

test("three people meet: each sees the others, the focus first and itself last", async () => {
  await using harness = await Harness.start();
  const [a, b, c] = [await harness.client(), await harness.client(), await harness.bosh()];
  await c.signIn();
  await a.enter(room);
  await b.enter(room);
  const own = await c.enter(room);
  const seen = c.stanzas.filter(({ name }) => name === "presence").map(({ attrs }) => attrs.from);
  assert.deepEqual(seen, [`${room}/focus`, `${room}/${a.nick}`, `${room}/${b.nick}`, `${room}/${c.nick}`]);
  const x = childOf(own, "x", ns.mucUser);
  assert.equal(x && childOf(x, "item")?.attrs.jid, c.jid);
  await a.next((stanza) => stanza.attrs.from === `${room}/${c.nick}`);
  await b.next((stanza) => stanza.attrs.from === `${room}/${c.nick}`);
});
