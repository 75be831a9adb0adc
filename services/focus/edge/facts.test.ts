import assert from "node:assert/strict";
import { test } from "node:test";
import { Stage } from "../testing/stage.ts";

test("a fact is read back as it was said, of every kind that a call brings", async () => {
  await using stage = await Stage.open();
  const a = await stage.xmpp.join("standup", "aaaa");
  await stage.xmpp.join("standup", "bbbb");
  await stage.pass(1_000);
  stage.bridge().speaks("aaaa");
  stage.xmpp.update(a, { raisedHandMs: 7n });
  stage.xmpp.interrupt(a);
  await stage.pass(1_000);
  const state = stage.focus.service.state("standup");
  const facts = await stage.facts();
  assert.equal(facts.length, state?.seq);
  const joined = facts.find(({ name }) => name === "participantJoined");
  assert.deepEqual(joined?.name === "participantJoined" && joined.body.participant, {
    endpoint: "aaaa",
    person: "p_aaaa",
    kind: "web",
    role: "member",
    authenticated: false,
  });
  assert.ok(facts.every(({ epoch, timeMs }) => epoch === state?.epoch && timeMs > 0));
  assert.ok(facts.every(({ id, session, seq }) => id === `${session}-${seq}`));
});
