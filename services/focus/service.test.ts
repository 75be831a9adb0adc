import assert from "node:assert/strict";
import { test } from "node:test";
import { Stage } from "./fakes/stage.ts";

test("three people join: each is invited once and told of both others", async () => {
  await using stage = await Stage.open();
  const { xmpp } = stage;
  const a = await xmpp.join("standup", "aaaa");
  await stage.pass(100);
  assert.deepEqual(a.invitations, [], "one person needs no bridge");
  const b = await xmpp.join("standup", "bbbb");
  await stage.pass(1_000);
  const c = await xmpp.join("standup", "cccc");
  await stage.pass(1_000);
  if (process.env.DBG) console.log(xmpp.failures, stage.bridge().asked, a, b.heard, c.heard);
  for (const client of [a, b, c]) {
    assert.equal(client.invitations.length, 1);
    const others = [a, b, c].filter((other) => other !== client);
    const expected = others.flatMap(({ endpoint }) => [`${endpoint}-a0`, `${endpoint}-v0`]).sort();
    assert.deepEqual([...client.remote.keys()].sort(), expected);
    assert.equal(stage.bridge().endpoint(client.endpoint)?.waiting.size, 0, "its media flows");
  }
  assert.deepEqual(xmpp.failures, []);
});
