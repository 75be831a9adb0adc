import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertCall, assertPromises, callOf } from "./testing/calls.ts";
import { aCamera } from "./testing/samples.ts";
import { Stage } from "./testing/stage.ts";

describe("bridges", () => {
  test("one that dies has its people invited to another; nobody has left", async () => {
    await using stage = await Stage.open();
    stage.addBridge("b2").stress = 0.3;
    const clients = await callOf(stage, "aaaa", "bbbb", "cccc");
    stage.bridge("b1").stop();
    await stage.pass(4_000);
    for (const { invitations } of clients) assert.equal(invitations.length, 2);
    assertCall(stage, clients);
    const facts = await stage.facts();
    assert.ok(facts.some(({ name }) => name === "bridgeMoved"));
    assert.ok(!facts.some(({ name }) => name === "participantLeft" || name === "sourceUnpublished"));
    stage.bridge("b1").wake();
    await stage.pass(100);
    assert.equal(stage.bridge("b1").conferences.size, 0, "no ghosts when it wakes up");
    await assertPromises(stage, false);
  });

  test("one that is started again has everybody invited anew at once", async () => {
    await using stage = await Stage.open();
    const clients = await callOf(stage, "aaaa", "bbbb");
    stage.bridge().restart();
    await stage.pass(500);
    assertCall(stage, clients);
    for (const { invitations } of clients) assert.equal(invitations.length, 2);
  });

  test("one that goes away on purpose is left at once", async () => {
    await using stage = await Stage.open();
    stage.addBridge("b2").stress = 0.3;
    const clients = await callOf(stage, "aaaa", "bbbb");
    stage.bridge("b1").leave();
    await stage.pass(500);
    assertCall(stage, clients);
    const moved = (await stage.facts()).flatMap((fact) => (fact.name === "bridgeMoved" ? fact.body : []));
    assert.deepEqual(moved, [{ bridge: "b2", region: "here", reason: "drain" }]);
  });

  test("with none, the room says so; the first that comes brings the invitations", async () => {
    await using stage = new Stage();
    await stage.startFocus();
    const clients = [await stage.xmpp.join("standup", "aaaa"), await stage.xmpp.join("standup", "bbbb")];
    await stage.pass(100);
    assert.deepEqual(stage.xmpp.presences.at(-1), "bridge-not-available");
    stage.addBridge("b1");
    await stage.pass(1_500);
    assertCall(stage, clients);
    assert.deepEqual(stage.xmpp.presences.at(-1), "bridge-available");
  });

  test("a bridge at the limit takes no new conference, and does when it has room again", async () => {
    await using stage = new Stage();
    stage.addBridge("b1").stress = 0.8;
    await stage.startFocus();
    await stage.pass(1_500);
    const clients = [await stage.xmpp.join("standup", "aaaa"), await stage.xmpp.join("standup", "bbbb")];
    await stage.pass(1_500);
    assert.deepEqual(stage.xmpp.presences.at(-1), "bridge-not-available");
    stage.bridge().stress = 0.5;
    await stage.pass(2_000);
    assertCall(stage, clients);
  });

  test("lost endpoints are invited again, the others notice nothing but new SSRCs", async () => {
    await using stage = await Stage.open();
    const [a, b, c] = await callOf(stage, "aaaa", "bbbb", "cccc");
    assert.ok(a && b && c);
    stage.bridge().lose("bbbb");
    await stage.pass(1_000);
    assert.deepEqual(
      [a, b, c].map(({ invitations }) => invitations.length),
      [1, 2, 1],
    );
    assertCall(stage, [a, b, c]);
  });
});

describe("the focus is killed", () => {
  test("nobody is invited again, the numbers go on, and what happened meanwhile is made good", async () => {
    await using stage = await Stage.open();
    const [a, b, c] = await callOf(stage, "aaaa", "bbbb", "cccc");
    assert.ok(a && b && c);
    for (const { endpoint } of [a, b, c]) stage.bridge().connected(endpoint);
    stage.xmpp.writes(a);
    await stage.pass(6_000);
    const heard = [a, b].map((client) => [...client.heard]);
    stage.killFocus();
    stage.xmpp.leave(c);
    for (const client of [a, b]) for (const { name } of c.sources) client.remote.delete(name);
    await stage.startFocus();
    assert.deepEqual(
      [a, b].map((client) => client.heard),
      heard,
      "nobody heard of it",
    );
    assertCall(stage, [a, b]);
    const d = await stage.xmpp.join("standup", "dddd");
    await stage.pass(1_000);
    assertCall(stage, [a, b, d]);
    const facts = await stage.facts();
    assert.equal(new Set(facts.map(({ session }) => session)).size, 1, "the sitting is the same");
    const from = facts.findIndex(({ name }) => name === "sessionResumed");
    assert.equal(facts[from + 1]?.name, "sourceUnpublished");
    const lefts = facts.flatMap((fact) => (fact.name === "participantLeft" ? fact.body : []));
    assert.deepEqual(
      lefts.map(({ reason, participant }) => `${participant.endpoint} ${reason}`),
      ["cccc server-lost"],
    );
    for (const client of [a, b, d]) stage.xmpp.leave(client);
    await stage.pass(500);
    await assertPromises(stage, true);
    const end = (await stage.facts()).at(-1);
    assert.equal(end?.name === "sessionEnded" && end.body.totals.messages, 1);
  });

  test("joins during it wait and are not refused", async () => {
    await using stage = await Stage.open();
    const [a, b] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(a && b);
    stage.killFocus();
    const starting = stage.startFocus();
    const joining = stage.untilServed(() => stage.xmpp.join("standup", "cccc"));
    await starting;
    const c = await stage.settled(joining);
    await stage.pass(1_000);
    assertCall(stage, [a, b, c]);
  });

  test("an announcement that may not have reached its client is made once more, never twice", async () => {
    await using stage = await Stage.open();
    const [a, b] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(a && b);
    const screen = aCamera("aaaa", 9_000, 1);
    a.sources.push(screen);
    await stage.settled(stage.xmpp.addSources(a, screen));
    stage.killFocus();
    assert.ok(stage.bridge().endpoint("bbbb")?.waiting.has("aaaa-v1"), "its media waits");
    await stage.startFocus();
    await stage.pass(1_000);
    assertCall(stage, [a, b]);
  });

  test("a sitting whose room is gone as well is ended with everybody's left", async () => {
    await using stage = await Stage.open();
    await callOf(stage, "aaaa", "bbbb");
    stage.killFocus();
    stage.xmpp.rooms.clear();
    await stage.pass(20_000);
    await stage.startFocus();
    await stage.until("the sitting has ended", async () => (await stage.factNames()).includes("sessionEnded"));
    await assertPromises(stage, true);
    const end = (await stage.facts()).at(-1);
    assert.equal(end?.name === "sessionEnded" && end.body.reason, "server-lost");
  });

  test("a sitting whose room is there with nobody in it is ended once", async () => {
    await using stage = await Stage.open();
    const clients = await callOf(stage, "aaaa", "bbbb");
    stage.killFocus();
    for (const client of clients) stage.xmpp.vanish(client);
    await stage.startFocus();
    await stage.pass(5_000);
    await assertPromises(stage, true);
  });

  test("with the bridge dead too, people are invited anew", async () => {
    await using stage = await Stage.open();
    const clients = await callOf(stage, "aaaa", "bbbb");
    stage.killFocus();
    stage.bridge().restart();
    await stage.startFocus();
    await stage.pass(2_000);
    assertCall(stage, clients);
    for (const { heard } of clients) assert.equal(heard.filter((line) => line === "terminate success").length, 1);
    await assertPromises(stage, false);
  });

  test("a room that another focus took is served by that one alone", async () => {
    await using stage = await Stage.open();
    const [a] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(a);
    const former = stage.releaseFocus();
    await stage.startFocus();
    await stage.pass(1_000);
    assert.equal(former.conferences(), 0, "it lets go");
    await assertPromises(stage, false);
  });
});

describe("NATS is away", () => {
  test("facts wait and arrive in order, once each, and the lease is kept or taken again", async () => {
    await using stage = await Stage.open();
    const [a, b] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(a && b);
    for (const awayMs of [3_000, 30_000]) {
      stage.network.disconnect(stage.focus.bus);
      await stage.pass(awayMs);
      assert.equal((await stage.http("/about/health")).status, 503);
      stage.network.reconnect(stage.focus.bus);
      await stage.pass(8_000);
      assert.equal((await stage.http("/about/health")).status, 200);
      stage.xmpp.update(a, { raisedHandMs: BigInt(stage.clock.now()) });
      stage.xmpp.update(a, { raisedHandMs: 0n });
      await stage.pass(8_000);
    }
    assert.equal(a.invitations.length + b.invitations.length, 2, "no bridge was thought lost");
    stage.xmpp.leave(a);
    stage.xmpp.leave(b);
    await stage.pass(2_000);
    await assertPromises(stage, true);
  });
});

describe("the XMPP server is killed", () => {
  test("occupants stay; whoever is missing afterwards has left", async () => {
    await using stage = await Stage.open();
    const [a, b, c] = await callOf(stage, "aaaa", "bbbb", "cccc");
    assert.ok(a && b && c);
    stage.xmpp.stop();
    stage.xmpp.vanish(b);
    await stage.pass(1_000);
    stage.xmpp.restart();
    await stage.pass(1_000);
    for (const client of [a, c]) for (const { name } of b.sources) client.remote.delete(name);
    assertCall(stage, [a, c]);
    assert.deepEqual(
      [a, c].map(({ invitations }) => invitations.length),
      [1, 1],
    );
    const lefts = (await stage.facts()).flatMap((fact) => (fact.name === "participantLeft" ? fact.body : []));
    assert.deepEqual(
      lefts.map(({ participant, reason }) => `${participant.endpoint} ${reason}`),
      ["bbbb server-lost"],
    );
    await assertPromises(stage, false);
  });

  test("what was to be told meanwhile is told by the next process", async () => {
    await using stage = await Stage.open();
    const [a, b] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(a && b);
    stage.xmpp.stop();
    stage.bridge().restart();
    await stage.pass(1_500);
    stage.xmpp.restart();
    await stage.pass(3_000);
    assertCall(stage, [a, b]);
  });

  test("an event that never came makes the focus look again", async () => {
    await using stage = await Stage.open();
    const [a, b] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(a && b);
    stage.xmpp.loseNextEvent();
    stage.xmpp.leave(b);
    const c = await stage.xmpp.join("standup", "cccc");
    await stage.pass(1_500);
    for (const { name } of b.sources) a.remote.delete(name);
    assertCall(stage, [a, c]);
    await assertPromises(stage, false);
  });
});
