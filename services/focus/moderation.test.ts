import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { changeLiveSettings } from "@veche/kit/live-settings.ts";
import { Affiliation } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { muc } from "@veche/proto/subjects.ts";
import { assertCall, assertPromises, callOf, codeOf } from "./testing/calls.ts";
import { Stage } from "./testing/stage.ts";
import { aRoom, type FakeClient, personOf } from "./testing/xmpp.ts";

const teacher = { account: "anna", isEntitled: true } as const;
const pupil = { account: "petya" } as const;

async function set(stage: Stage, change: Parameters<typeof changeLiveSettings>[1]): Promise<void> {
  await stage.settled(changeLiveSettings(stage.bus, change, { name: "operator", nowMs: stage.clock.now() }));
  await stage.pass(10);
}

describe("who may open a room", () => {
  test("with the secure domain only who signed in; then anybody comes in; and back again, all live", async () => {
    await using stage = await Stage.open();
    const lesson = await stage.xmpp.join("lesson", "aaaa");
    await set(stage, { secureDomain: true });
    assert.equal(await codeOf(stage.settled(stage.xmpp.ask("exam", "bbbb"))), "unauthenticated");
    assert.equal(stage.xmpp.rooms.size, 1, "nothing was opened");
    const answer = await stage.settled(stage.xmpp.ask("lesson", "bbbb"));
    assert.equal(answer.properties.authentication, "true");
    assert.equal(stage.focus.service.state("lesson")?.members.get(lesson.endpoint)?.isOwner, true, "undisturbed");
    await stage.settled(stage.xmpp.ask("exam", "cccc", teacher));
    assert.equal(await codeOf(stage.settled(stage.xmpp.ask("exam", "bbbb"))), "ok");
    await set(stage, { secureDomain: false });
    const open = await stage.settled(stage.xmpp.ask("party", "bbbb"));
    assert.equal(open.properties.authentication, "false");
  });

  test("where only teachers may, a pupil's account is not enough", async () => {
    await using stage = await Stage.open();
    await set(stage, { secureDomain: true, roomOpeners: "teachers" });
    assert.equal(await codeOf(stage.settled(stage.xmpp.ask("exam", "pppp", pupil))), "unauthenticated");
    assert.equal(await codeOf(stage.settled(stage.xmpp.ask("exam", "tttt", teacher))), "ok");
  });

  test("a breakout room is the main room's moderators' to open", async () => {
    await using stage = await Stage.open();
    await set(stage, { secureDomain: true });
    const room = { ...aRoom("uuid-1"), jid: "uuid-1@breakout.meet.jitsi" };
    assert.equal(await codeOf(stage.settled(stage.xmpp.ask("uuid-1", "bbbb", {}, room))), "ok");
    const alike = { ...aRoom("uuid-2"), jid: "uuid-2@xbreakout.meet.jitsi" };
    assert.equal(await codeOf(stage.settled(stage.xmpp.ask("uuid-2", "bbbb", {}, alike))), "unauthenticated");
  });

  test("what the environment fixes no setting changes", async () => {
    await using stage = await Stage.open({ ENABLE_AUTH: "1" });
    await set(stage, { secureDomain: false });
    assert.equal(await codeOf(stage.settled(stage.xmpp.ask("exam", "bbbb"))), "unauthenticated");
  });
});

describe("who moderates", () => {
  test("the pupil who opened the room, in the room that anonymous people came into first", async () => {
    await using stage = await Stage.open();
    await set(stage, { secureDomain: true });
    await stage.settled(stage.xmpp.ask("club", "pppp", pupil));
    const guest = await stage.xmpp.join("club", "gggg");
    const opener = await stage.xmpp.join("club", "pppp", pupil);
    await stage.pass(100);
    assert.deepEqual([guest.affiliation, opener.affiliation], [Affiliation.NONE, Affiliation.OWNER]);
    const late = await stage.xmpp.join("club", "tttt", teacher);
    await stage.pass(100);
    assert.equal(late.affiliation, Affiliation.OWNER);
  });

  test("a teacher again after a reload, and after the focus was killed", async () => {
    await using stage = await Stage.open();
    await set(stage, { secureDomain: true });
    const first = await stage.xmpp.join("lesson", "tttt", teacher);
    await stage.xmpp.join("lesson", "gggg");
    await stage.pass(100);
    stage.xmpp.leave(first);
    const again = await stage.xmpp.join("lesson", "uuuu", teacher);
    await stage.pass(100);
    assert.equal(again.affiliation, Affiliation.OWNER);
    stage.killFocus();
    stage.xmpp.leave(again);
    const third = stage.xmpp.enter("lesson", "vvvv", teacher);
    await stage.startFocus();
    await stage.pass(500);
    assert.equal(third.affiliation, Affiliation.OWNER);
    await assertPromises(stage, false);
  });
});

describe("a microphone that a moderator blocked", () => {
  async function aLesson(stage: Stage): Promise<readonly [FakeClient, FakeClient]> {
    const [a, b] = await callOf(stage, "aaaa", "bbbb");
    assert.ok(a && b);
    moderate(stage, true);
    await stage.pass(100);
    return [a, b];
  }

  function moderate(stage: Stage, isOn: boolean, allowed: string[] = []): void {
    const avModeration = isOn ? [{ media: "audio", allowed, by: "aaaa" }] : [];
    stage.xmpp.setPolicy("standup", { avModeration }, ["moderation"], "aaaa");
  }

  const blocked = (stage: Stage) =>
    ["aaaa", "bbbb", "cccc"].map((endpoint) => stage.heldBy(endpoint)?.blocked.join() ?? "nowhere");

  test("is blocked by the bridge, and its client is asked; nobody talks it into speaking", async () => {
    await using stage = await Stage.open();
    const [, b] = await aLesson(stage);
    assert.deepEqual(blocked(stage), ["", "audio", "nowhere"]);
    assert.equal(b.heard.at(-1), "mute audio by aaaa");
    assert.equal(await codeOf(stage.settled(stage.xmpp.mute(b, "bbbb", false))), "permission-denied");
    stage.xmpp.update(b, { muted: new Set() });
    await stage.pass(100);
    assert.deepEqual(blocked(stage), ["", "audio", "nowhere"]);
    moderate(stage, true, ["bbbb"]);
    await stage.pass(100);
    assert.deepEqual(blocked(stage), ["", "", "nowhere"]);
    moderate(stage, true);
    await stage.pass(100);
    assert.deepEqual(blocked(stage), ["", "audio", "nowhere"]);
    await assertPromises(stage, false);
  });

  test("of a newcomer is blocked with its place on the bridge", async () => {
    await using stage = await Stage.open();
    await aLesson(stage);
    const c = await stage.xmpp.join("standup", "cccc");
    await stage.pass(1_000);
    assert.deepEqual(blocked(stage), ["", "audio", "audio"]);
    assert.ok(!stage.bridge().asked.includes("force-mute cccc"), "there was nothing to make good");
    assert.ok(c.heard.includes("start with the microphone muted"));
  });

  test("stays blocked on another bridge, and on the same one after its restart", async () => {
    await using stage = await Stage.open();
    const [a, b] = await aLesson(stage);
    stage.addBridge("b2");
    await stage.pass(1_000);
    stage.bridge("b1").stop();
    await stage.until("both are on b2", () => stage.bridge("b2").endpoint("bbbb")?.isAccepted === true);
    assert.deepEqual(blocked(stage), ["", "audio", "nowhere"]);
    stage.bridge("b2").restart();
    await stage.until("they are invited again", () => b.invitations.length === 3);
    await stage.pass(1_000);
    assert.deepEqual(blocked(stage), ["", "audio", "nowhere"]);
    assertCall(stage, [a, b]);
  });

  test("stays blocked when the focus is killed, also where the policy changed while it was away", async () => {
    await using stage = await Stage.open();
    const [, b] = await aLesson(stage);
    stage.killFocus();
    await stage.startFocus();
    await stage.pass(500);
    assert.deepEqual(blocked(stage), ["", "audio", "nowhere"]);
    assert.equal(await codeOf(stage.settled(stage.xmpp.mute(b, "bbbb", false))), "permission-denied");
    stage.killFocus();
    moderate(stage, false);
    await stage.startFocus();
    await stage.pass(500);
    assert.deepEqual(blocked(stage), ["", "", "nowhere"]);
    stage.killFocus();
    moderate(stage, true);
    await stage.startFocus();
    await stage.pass(500);
    assert.deepEqual(blocked(stage), ["", "audio", "nowhere"]);
    await assertPromises(stage, false);
    const names = (await stage.facts()).map(({ name }) => name);
    assert.equal(names.filter((name) => name === "sourceBlocked").length, 2);
    assert.equal(names.filter((name) => name === "sourceUnblocked").length, 1);
  });

  test("is blocked also where the bridge does not do it at first", async () => {
    await using stage = await Stage.open();
    stage.bridge().refusals.set("force-mute", [new VecheError("deadline-exceeded", "made up")]);
    await aLesson(stage);
    assert.deepEqual(blocked(stage), ["", "", "nowhere"]);
    await stage.pass(300);
    assert.deepEqual(blocked(stage), ["", "audio", "nowhere"]);
  });
});

describe("rooms beside the room", () => {
  const toRef = (name: string) => ({ ...aRoom(name), jid: `${name}@breakout.meet.jitsi` });

  test("the main room goes on while its people are elsewhere; theirs is a sitting of its own", async () => {
    await using stage = await Stage.open();
    const a = await stage.xmpp.join("standup", "aaaa");
    await stage.pass(100);
    const group = toRef("group");
    const by = "aaaa";
    stage.xmpp.says("standup", muc.breakoutsCreated, { breakouts: [group], by });
    stage.xmpp.setPolicy("standup", { breakouts: [{ room: group, occupants: 0 }] }, ["breakouts"], by);
    const person = personOf("aaaa");
    stage.xmpp.says("standup", muc.breakoutAssigned, { endpoint: "aaaa", person, target: group, by });
    await stage.pass(10);
    await stage.settled(stage.xmpp.ask("group", "aaaa", {}, group));
    stage.xmpp.setPolicy("group", { mainRoom: aRoom("standup") }, ["breakouts"]);
    stage.xmpp.leave(a, "moved");
    const moved = stage.xmpp.enter("group", "aaaa");
    stage.xmpp.setPolicy("standup", { breakouts: [{ room: group, occupants: 1 }] }, ["breakouts"]);
    await stage.pass(120_000);
    assert.equal(stage.focus.service.conferences, 2);
    assert.equal(moved.affiliation, Affiliation.NONE, "the focus elects nobody there");
    const facts = await stage.facts();
    const told = facts.flatMap((fact) => (fact.name === "participantMoved" ? [fact.body] : []));
    assert.deepEqual(
      told.map(({ target, by: who }) => [target, who]),
      [[group.room, "aaaa"]],
    );
    const started = facts.flatMap((fact) => (fact.name === "sessionStarted" ? [fact.body.mainRoom] : []));
    assert.deepEqual(started, ["", aRoom("standup").room]);
    stage.xmpp.says("standup", muc.breakoutAssigned, { endpoint: "aaaa", person, target: aRoom("standup"), by });
    stage.xmpp.leave(moved, "moved");
    await stage.xmpp.join("standup", "aaaa");
    stage.xmpp.setPolicy("standup", { breakouts: [] }, ["breakouts"], by);
    stage.xmpp.says("standup", muc.breakoutsClosed, { breakouts: [group], by });
    await stage.pass(1_000);
    const back = (await stage.facts()).flatMap((fact) => (fact.name === "participantMoved" ? [fact.body.target] : []));
    assert.deepEqual(back, [group.room, aRoom("standup").room]);
    await assertPromises(stage, false);
  });

  test("a main room that the focus found empty is kept while its breakout rooms have people", async () => {
    await using stage = await Stage.open();
    const a = await stage.xmpp.join("standup", "aaaa");
    await stage.pass(100);
    stage.killFocus();
    stage.xmpp.setPolicy("standup", { breakouts: [{ room: toRef("group"), occupants: 1 }] }, ["breakouts"]);
    stage.xmpp.leave(a, "moved");
    await stage.startFocus();
    await stage.pass(60_000);
    assert.equal(stage.focus.service.state("standup")?.phase, "open");
    stage.xmpp.setPolicy("standup", { breakouts: [] }, ["breakouts"]);
    await stage.pass(500);
    assert.equal(stage.xmpp.rooms.size, 0);
    await assertPromises(stage, true);
  });
});

test("lobby and polls reach the stream, and names of who waits the persons alone", async () => {
  await using stage = await Stage.open();
  await stage.xmpp.join("standup", "aaaa");
  await stage.pass(100);
  const visitor = { endpoint: "vvvv", person: "p_vvvv", displayName: "Name of vvvv" };
  stage.xmpp.says("standup", muc.lobbyEntered, { visitor });
  stage.xmpp.says("standup", muc.lobbyLeft, { endpoint: "vvvv", person: "p_vvvv", reason: "admitted", by: "aaaa" });
  const poll = { poll: "p1", question: "?", options: ["yes", "no"], result: [0, 1], voters: 1 };
  stage.xmpp.says("standup", muc.pollCreated, { endpoint: "aaaa", poll: { ...poll, result: [0, 0], voters: 0 } });
  stage.xmpp.says("standup", muc.pollAnswered, { endpoint: "aaaa", poll });
  stage.xmpp.says("standup", muc.pollClosed, { poll });
  await stage.pass(500);
  const facts = await stage.facts();
  assert.deepEqual(
    facts.slice(-5).map(({ name }) => name),
    ["participantLobbyEntered", "participantAdmitted", "pollCreated", "pollAnswered", "pollClosed"],
  );
  const closed = facts.at(-1);
  assert.deepEqual(closed?.name === "pollClosed" && closed.body, poll);
  assert.equal(await stage.person("p_vvvv"), "Name of vvvv");
  await assertPromises(stage, false);
});

test("a client that leaves and then ends its session is refused nothing", async () => {
  await using stage = await Stage.open();
  const [a, b] = await callOf(stage, "aaaa", "bbbb");
  assert.ok(a && b);
  stage.xmpp.leave(b);
  await stage.pass(10);
  assert.equal(await codeOf(stage.settled(stage.xmpp.terminate(b, false))), "ok");
  stage.xmpp.leave(a);
  await stage.pass(500);
  assert.equal(await codeOf(stage.settled(stage.xmpp.terminate(a, false))), "ok");
  assert.doesNotMatch((await stage.http("/metrics")).body, /refusals_total\{/);
});
