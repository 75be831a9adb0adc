import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { focus } from "@veche/proto/subjects.ts";
import { assertCall, assertPromises, callOf, codeOf } from "./testing/calls.ts";
import { aCamera, aMicrophone, aTransport } from "./testing/samples.ts";
import { Stage } from "./testing/stage.ts";
import { aRoom } from "./testing/xmpp.ts";

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
    assert.equal(await codeOf(stage.settled(stage.xmpp.accept(c, { sources: many }))), "invalid-argument");
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
