import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toVecheError, VecheError } from "@veche/kit/errors.ts";
import { focus } from "@veche/proto/subjects.ts";
import { brokenPromises } from "./testing/promises.ts";
import { aCamera, aMicrophone, aTransport } from "./testing/samples.ts";
import { Stage } from "./testing/stage.ts";
import { aRoom, type FakeClient } from "./testing/xmpp.ts";

/** Everybody knows the sources of everybody else, and the bridge was told that media may flow. */
function assertCall(stage: Stage, clients: readonly FakeClient[]): void {
  for (const client of clients) {
    const others = clients.filter((other) => other !== client);
    const expected = others.flatMap(({ sources }) => sources.map(({ name }) => name)).sort();
    assert.deepEqual([...client.remote.keys()].sort(), expected, `what ${client.endpoint} knows`);
    const held = stage.heldBy(client.endpoint);
    assert.deepEqual([...(held?.waiting ?? ["nothing held"])], [], `what flows to ${client.endpoint}`);
    for (const [name, source] of client.remote) {
      assert.deepEqual(held?.received.get(name)?.ssrcs, source.ssrcs, `${client.endpoint} knows ${name} by its SSRCs`);
    }
  }
  assert.deepEqual(stage.xmpp.failures, []);
}

async function callOf(stage: Stage, ...endpoints: string[]): Promise<FakeClient[]> {
  const clients: FakeClient[] = [];
  for (const endpoint of endpoints) {
    clients.push(await stage.xmpp.join("standup", endpoint));
    await stage.pass(1_000);
  }
  assertCall(stage, clients);
  return clients;
}

async function codeOf(asking: Promise<unknown>): Promise<string> {
  return asking.then(
    () => "ok",
    (error: unknown) => toVecheError(error).code,
  );
}

async function assertPromises(stage: Stage, isOver: boolean): Promise<void> {
  const facts = await stage.facts();
  for (const session of new Set(facts.map((fact) => fact.session))) {
    const own = facts.filter((fact) => fact.session === session);
    assert.deepEqual(brokenPromises(own, isOver), []);
    assert.equal(new Set(own.map(({ id }) => id)).size, own.length, "every fact has an id of its own");
  }
}

describe("a call", () => {
  test("three people join: each is invited once and told of both others", async () => {
    await using stage = await Stage.open();
    const first = await stage.xmpp.join("standup", "aaaa");
    await stage.pass(100);
    assert.deepEqual(first.invitations, [], "one person needs no bridge");
    const others = [await stage.xmpp.join("standup", "bbbb")];
    await stage.pass(1_000);
    others.push(await stage.xmpp.join("standup", "cccc"));
    await stage.pass(1_000);
    assertCall(stage, [first, ...others]);
    for (const { invitations } of [first, ...others]) assert.equal(invitations.length, 1);
  });

  test("two who come at the same moment meet", async () => {
    await using stage = await Stage.open();
    const clients = await Promise.all([stage.xmpp.join("standup", "aaaa"), stage.xmpp.join("standup", "bbbb")]);
    await stage.pass(1_000);
    assertCall(stage, clients);
  });

  test("a screen that is shared is announced, and withdrawn when it ends", async () => {
    await using stage = await Stage.open();
    const [a, b] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(a && b);
    const screen = aCamera("aaaa", 9_000, 1);
    a.sources.push(screen);
    await stage.settled(stage.xmpp.addSources(a, screen));
    await stage.pass(1_000);
    assertCall(stage, [a, b]);
    a.sources.pop();
    await stage.settled(stage.xmpp.removeSources(a, screen));
    await stage.pass(1_000);
    assertCall(stage, [a, b]);
    assert.deepEqual(b.heard.slice(-2), ["add aaaa-v1", "remove aaaa-v1"]);
  });

  test("whoever leaves is let go on the bridge, and may come back", async () => {
    await using stage = await Stage.open();
    const [a, b, c] = await callOf(stage, "aaaa", "bbbb", "cccc");
    assert.ok(a && b && c);
    stage.xmpp.leave(b);
    await stage.pass(100);
    assert.equal(stage.bridge().endpoint("bbbb"), undefined);
    for (const client of [a, c]) for (const { name } of b.sources) client.remote.delete(name);
    const again = await stage.xmpp.join("standup", "bbbb");
    await stage.pass(1_000);
    assertCall(stage, [a, again, c]);
  });

  test("a client that asks for a new session gets one, and the others its new SSRCs", async () => {
    await using stage = await Stage.open();
    const [a, b] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(a && b);
    await stage.settled(stage.xmpp.terminate(a, true));
    await stage.pass(1_000);
    assert.equal(a.invitations.length, 2);
    assertCall(stage, [a, b]);
    assert.deepEqual(b.heard.slice(-2), ["remove aaaa-a0 aaaa-v0", "add aaaa-a0 aaaa-v0"]);
    assert.equal(await codeOf(stage.settled(stage.xmpp.terminate(a, true))), "resource-exhausted");
  });

  test("the first moderates, and when it has left the next does", async () => {
    await using stage = await Stage.open();
    const [a, b] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(a && b);
    await stage.settled(stage.xmpp.mute(a, "bbbb"));
    assert.equal(b.heard.at(-1), "mute audio by aaaa");
    assert.equal(await codeOf(stage.settled(stage.xmpp.mute(b, "aaaa"))), "permission-denied");
    stage.xmpp.leave(a);
    await stage.pass(100);
    const roles = (await stage.facts()).flatMap((fact) =>
      fact.name === "participantRoleChanged" ? fact.body.participant : [],
    );
    assert.deepEqual(
      roles.map(({ endpoint, role }) => `${endpoint} ${role}`),
      ["aaaa moderator", "bbbb moderator"],
    );
  });

  test("the room is left, its lease given back, and the same name opens a new sitting", async () => {
    await using stage = await Stage.open();
    const [a, b] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(a && b);
    stage.xmpp.leave(a);
    stage.xmpp.leave(b);
    await stage.pass(500);
    assert.equal(stage.xmpp.rooms.size, 0);
    assert.equal(stage.bridge().conferences.size, 0);
    assert.deepEqual(await stage.leases(), []);
    await assertPromises(stage, true);
    await callOf(stage, "aaaa", "bbbb");
    const started = (await stage.facts()).filter(({ name }) => name === "sessionStarted");
    assert.equal(new Set(started.map(({ session }) => session)).size, 2);
  });

  test("somebody who joins while the focus is leaving finds a room", async () => {
    await using stage = await Stage.open();
    const a = await stage.xmpp.join("standup", "aaaa");
    await stage.pass(500);
    stage.xmpp.leave(a);
    stage.xmpp.enter("standup", "bbbb");
    await stage.pass(500);
    const c = await stage.xmpp.join("standup", "cccc");
    await stage.pass(1_000);
    assert.equal(c.invitations.length, 1);
    await assertPromises(stage, false);
  });
});

describe("bad requests", () => {
  test("an accept with rubbish is refused to its sender, and nobody else notices", async () => {
    await using stage = await Stage.open();
    const [a, b] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(a && b);
    const heard = [[...a.heard], [...b.heard]];
    const c = await stage.xmpp.join("standup", "cccc", { acceptsByItself: false });
    await stage.pass(100);
    const rubbish = [
      { transport: { ...aTransport, fingerprints: [] } },
      { transport: { ...aTransport, fingerprints: [{ hash: "sha-256", value: "AB", setup: "active" }] } },
      { descriptions: [] },
      { sources: [aMicrophone("cccc", 0)] },
      { sources: [aMicrophone("aaaa", 4_000)] },
      { sources: a.sources },
    ];
    for (const changes of rubbish) {
      assert.equal(await codeOf(stage.settled(stage.xmpp.accept(c, changes))), "invalid-argument");
    }
    const many = Array.from({ length: 21 }, (_, index) => aMicrophone("cccc", 4_000 + index, index));
    assert.equal(await codeOf(stage.settled(stage.xmpp.accept(c, { sources: many }))), "resource-exhausted");
    await stage.pass(1_000);
    assert.deepEqual([a.heard, b.heard], heard);
    await stage.settled(stage.xmpp.accept(c));
    await stage.pass(1_000);
    assertCall(stage, [a, b, c]);
  });

  test("what the bridge refuses is refused to the client", async () => {
    await using stage = await Stage.open();
    const [a, b] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(a && b);
    stage.bridge().refusals.set("add", [new VecheError("invalid-argument", "no codec")]);
    assert.equal(await codeOf(stage.settled(stage.xmpp.addSources(a, aCamera("aaaa", 9_000, 1)))), "invalid-argument");
    assertCall(stage, [a, b]);
  });

  test("requests without a room, for unknown rooms and from strangers have an answer each", async () => {
    await using stage = await Stage.open();
    const [a] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(a);
    const to = { unit: "main" };
    const asks: Promise<unknown>[] = [
      stage.bus.request(focus.requestConference, to, {}),
      stage.bus.request(focus.acceptSession, to, { room: aRoom("nowhere"), endpoint: "aaaa" }),
      stage.bus.request(focus.acceptSession, to, { room: aRoom("standup"), endpoint: "nobody" }),
      stage.bus.request(focus.addSources, to, { room: aRoom("standup"), endpoint: "aaaa", jingleSession: "?" }),
    ];
    const codes = await Promise.all(asks.map((ask) => codeOf(stage.settled(ask))));
    assert.deepEqual(codes, ["invalid-argument", "not-found", "not-found", "not-found"]);
  });
});

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

describe("facts", () => {
  test("hold no names; the persons bucket does", async () => {
    await using stage = await Stage.open();
    await callOf(stage, "aaaa", "bbbb");
    assert.ok(!JSON.stringify(await stage.facts()).includes("Name of"));
    assert.deepEqual(await stage.person("p_aaaa"), "Name of aaaa");
  });

  test("the speaker is said once a second at most, the latest wins, and speaking is counted", async () => {
    await using stage = await Stage.open();
    const [a, b] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(a && b);
    for (const endpoint of ["aaaa", "bbbb", "aaaa", "bbbb"]) {
      stage.bridge().speaks(endpoint);
      await stage.pass(200);
    }
    await stage.pass(5_000);
    const said = (await stage.facts()).flatMap((fact) => (fact.name === "speakerChanged" ? fact.body.endpoint : []));
    assert.deepEqual(said, ["aaaa", "bbbb"]);
    stage.xmpp.leave(a);
    stage.xmpp.leave(b);
    await stage.pass(500);
    const seconds = (await stage.facts()).flatMap((fact) =>
      fact.name === "participantLeft" ? fact.body.speakingSeconds : [],
    );
    assert.deepEqual(seconds, [0.4, 5.4]);
  });

  test("mutes, hands, reactions, interruptions and the end for all are said", async () => {
    await using stage = await Stage.open();
    const [a, b] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(a && b);
    const before = (await stage.factNames()).length;
    stage.xmpp.update(a, { muted: new Set(["aaaa-a0"]) });
    stage.xmpp.update(a, { muted: new Set() });
    stage.xmpp.update(a, { raisedHandMs: 5n });
    stage.xmpp.update(a, { raisedHandMs: 0n });
    stage.xmpp.interrupt(b);
    stage.xmpp.resume(b);
    stage.bridge().reacts("aaaa", "like", "like");
    await stage.pass(1_500);
    stage.xmpp.destroy("standup", "moderator", "aaaa");
    await stage.pass(500);
    assert.deepEqual((await stage.factNames()).slice(before), [
      "sourceMuted",
      "sourceUnmuted",
      "participantHandRaised",
      "participantHandLowered",
      "participantInterrupted",
      "participantResumed",
      "participantReacted",
      "moderationEndedForAll",
      "sourceUnpublished",
      "sourceUnpublished",
      "participantLeft",
      "sourceUnpublished",
      "sourceUnpublished",
      "participantLeft",
      "sessionEnded",
    ]);
    await assertPromises(stage, true);
  });
});
