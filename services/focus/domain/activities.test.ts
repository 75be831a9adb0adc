import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { factsOf, joined, left, Play, told } from "../testing/play.ts";
import { anOccupant } from "../testing/samples.ts";
import { aRoom } from "../testing/xmpp.ts";
import type { Input } from "./inputs.ts";
import { emptyMemory, remember, restore } from "./memory.ts";
import { openPolicy } from "./policy.ts";

describe("the lobby", () => {
  const entered: Input = { type: "lobby-entered", visitor: anOccupant("v") };
  const leaves = (reason: string): Input => ({ type: "lobby-left", endpoint: "v", reason, by: "a" });

  test("who waits is told of and not counted; its name goes to the persons", () => {
    const play = new Play();
    play.play(joined("a"));
    assert.deepEqual(told(play.play(entered)), ["remember p_v", "fact participantLobbyEntered"]);
    assert.deepEqual(told(play.play(entered)), ["remember p_v"], "said once");
    assert.equal(play.state.totals.peak, 1);
  });

  for (const [reason, fact] of [
    ["admitted", "participantAdmitted"],
    ["rejected", "participantRejected"],
    ["client", "participantLobbyLeft"],
    ["timeout", "participantLobbyLeft"],
  ] as const)
    test(`"${reason}" ends the waiting, once`, () => {
      const play = new Play();
      play.play(joined("a"), entered);
      const [said] = factsOf(play.play(leaves(reason), leaves(reason)));
      assert.equal(said?.name, fact);
      const decided = { by: "a" };
      assert.deepEqual(
        { ...said?.body, participant: "v" },
        {
          participant: "v",
          ...(fact === "participantLobbyLeft" ? { reason } : decided),
        },
      );
      assert.equal(play.state.lobby.size, 0);
    });

  test("who came and who left while nobody looked is made good, where the XMPP server says who waits", () => {
    const play = new Play();
    play.play(joined("a"), entered, { type: "lobby-entered", visitor: anOccupant("w") });
    const seen = { type: "room-seen", occupants: [anOccupant("a")], policy: undefined } as const;
    const names = (input: Input) => factsOf(play.play(input)).map(({ name }) => name);
    assert.deepEqual(names(seen), [], "it does not say");
    const visitors = [anOccupant("w"), anOccupant("x")];
    assert.deepEqual(names({ ...seen, visitors }), ["participantLobbyLeft", "participantLobbyEntered"]);
    assert.deepEqual([...play.state.lobby.keys()], ["w", "x"]);
    assert.deepEqual(names({ ...seen, visitors: [] }), ["participantLobbyLeft", "participantLobbyLeft"]);
  });

  test("nobody waits for a room that is gone, nor for one that never began", () => {
    const play = new Play();
    assert.deepEqual(told(play.play(entered)), []);
    play.play(joined("a"), entered);
    const facts = factsOf(play.play({ type: "room-destroyed", reason: "moderator", by: "a" }));
    assert.deepEqual(
      facts.map(({ name }) => name),
      ["moderationEndedForAll", "participantLobbyLeft", "participantLeft", "sessionEnded"],
    );
  });

  test("a focus that comes up later knows who waits, and that somebody was let in meanwhile", () => {
    const play = new Play();
    play.play(joined("a"), entered, { type: "lobby-entered", visitor: anOccupant("w") });
    const memory = factsOf(play.effects).reduce(remember, emptyMemory);
    const { room, session } = play.state;
    const after = new Play();
    after.state = restore(memory, { room, session, epoch: 8, unit: "main", messages: 0 }, after.now);
    assert.deepEqual([...after.state.lobby.keys()], ["v", "w"]);
    const occupants = [anOccupant("a"), anOccupant("v")];
    const taken = after.play({ type: "taken-over", occupants, policy: openPolicy, held: [], sessions: new Map() });
    const names = factsOf(taken).map(({ name }) => name);
    assert.deepEqual(names.slice(0, 3), ["sessionResumed", "participantAdmitted", "participantJoined"]);
    assert.deepEqual([...after.state.lobby.keys()], ["w"]);
  });
});

describe("polls", () => {
  const poll = { poll: "p1", question: "?", options: ["yes", "no"], result: [2, 1], voters: 3 };

  test("are told as sums, and counted into the end", () => {
    const play = new Play();
    play.play(joined("a"));
    const effects = play.play({ type: "poll-created", poll }, { type: "poll-answered", poll });
    effects.concat(play.play({ type: "poll-closed", poll }));
    assert.deepEqual(
      factsOf(play.effects)
        .slice(2)
        .map(({ name, body }) => [name, body]),
      [
        ["pollCreated", poll],
        ["pollAnswered", poll],
        ["pollClosed", poll],
      ],
    );
    const end = factsOf(play.play(left("a"))).at(-1);
    assert.equal(end?.name === "sessionEnded" && end.body.totals.polls, 1);
  });
});

describe("breakout rooms", () => {
  const breakouts = (occupants: number): Input => ({
    type: "room-updated",
    changed: ["breakouts"],
    policy: { ...openPolicy, breakouts: [{ room: aRoom("r1"), occupants, owners: 0 }] },
    by: "",
  });
  const assigned = (endpoint: string, by = "a"): Input => ({
    type: "breakout-assigned",
    assignment: { endpoint, person: `p_${endpoint}`, room: "r1" },
    by,
  });
  const lines = (play: Play) =>
    factsOf(play.effects).flatMap(({ name, body }) => (name.startsWith("breakout") ? [body] : []));

  test("assignments within 300 ms are one fact", () => {
    const play = new Play();
    play.play(joined("a"), joined("b"), joined("c"), assigned("b"));
    play.pass(200);
    play.play(assigned("c"));
    assert.deepEqual(lines(play), []);
    play.pass(100);
    const assignments = ["b", "c"].map((endpoint) => ({ endpoint, person: `p_${endpoint}`, room: "r1" }));
    assert.deepEqual(lines(play), [{ assignments, by: "a" }]);
  });

  test("those of two moderators are two, and the closing of the rooms comes after them", () => {
    const play = new Play();
    play.play(joined("a"), joined("b"), joined("c"), assigned("b"), assigned("c", "b"));
    play.play({ type: "breakouts-closed", rooms: ["r1"], by: "a" });
    const names = factsOf(play.effects).map(({ name }) => name);
    assert.deepEqual(names.slice(-3), ["breakoutAssigned", "breakoutAssigned", "breakoutClosed"]);
  });

  test("whoever goes is moved, then left; where to and by whom is known when a moderator sent it", () => {
    const play = new Play();
    play.play(joined("a"), joined("b"), joined("c"), assigned("b"));
    const facts = factsOf(play.play(left("b", "moved"), left("c", "moved")));
    assert.deepEqual(
      facts.map(({ name }) => name),
      ["breakoutAssigned", "participantMoved", "participantLeft", "participantMoved", "participantLeft"],
    );
    const moves = facts.flatMap((fact) => (fact.name === "participantMoved" ? [fact.body] : []));
    assert.deepEqual(
      moves.map(({ target, by }) => [target, by]),
      [
        ["r1", "a"],
        ["", ""],
      ],
    );
    const reasons = facts.flatMap((fact) => (fact.name === "participantLeft" ? [fact.body.reason] : []));
    assert.deepEqual(reasons, ["moved", "moved"]);
  });

  test("a move that was told before the focus died is made good as one", () => {
    const play = new Play();
    play.play(joined("a"), joined("b"), left("b", "moved"));
    const facts = factsOf(play.effects);
    const memory = facts
      .slice(
        0,
        facts.findIndex(({ name }) => name === "participantLeft"),
      )
      .reduce(remember, emptyMemory);
    const { room, session } = play.state;
    const after = new Play();
    after.state = restore(memory, { room, session, epoch: 8, unit: "main", messages: 0 }, after.now);
    const occupants = [anOccupant("a")];
    const taken = after.play({ type: "taken-over", occupants, policy: openPolicy, held: [], sessions: new Map() });
    const leave = factsOf(taken).find(({ name }) => name === "participantLeft");
    assert.equal(leave?.name === "participantLeft" && leave.body.reason, "moved");
  });

  test("the main room goes on while its breakout rooms have people, and ends when they have gone", () => {
    const play = new Play();
    play.play(joined("a"), breakouts(0));
    assert.ok(!told(play.play(left("a", "moved"))).includes("finish"), "it may be on its way");
    play.play(breakouts(1));
    assert.ok(!told(play.pass(3_600_000)).includes("finish"));
    assert.ok(told(play.play(breakouts(0))).includes("finish"));
  });

  test("empty breakout rooms keep nothing for longer than it takes to get there", () => {
    const play = new Play();
    play.play(joined("a"), breakouts(0), left("a"));
    assert.ok(!told(play.pass(9_999)).includes("finish"));
    assert.ok(told(play.pass(1)).includes("finish"));
  });

  test("a breakout room's sitting names its main room", () => {
    const play = new Play();
    play.state = { ...play.state, policy: { ...openPolicy, mainRoom: "mainroom" } };
    const [started] = factsOf(play.play(joined("a")));
    assert.equal(started?.name === "sessionStarted" && started.body.mainRoom, "mainroom");
  });
});

describe("chat", () => {
  const sent = (text: string, endpoint = "a"): Input => ({
    type: "message-sent",
    sent: { endpoint, isPrivate: false, message: "m1", text, to: "" },
  });

  test("is counted always and kept where the XMPP server sends its text", () => {
    const play = new Play();
    play.play(joined("a"));
    assert.deepEqual(told(play.play(sent(""))), []);
    assert.deepEqual(told(play.play(sent("hello"))), ["keep-chat"]);
    assert.deepEqual(told(play.play(sent("hello", "nobody"))), []);
    assert.equal(play.state.totals.messages, 3);
  });
});

test("a client that ends its session after it has left is told that it is done", () => {
  const play = new Play().callOf("a", "b", "c");
  const { jingleSession } = play.invite("b");
  const terminated = (restart: boolean): Input => {
    return {
      type: "session-terminated",
      ask: 9,
      endpoint: "b",
      jingleSession,
      reason: "success",
      bridgeSession: "",
      restart,
    };
  };
  play.play(left("b"));
  assert.deepEqual(told(play.play(terminated(false))), ["reply ok"]);
  assert.deepEqual(told(play.play(terminated(true))), ["reply not-found"], "nobody there to invite again");
  play.play(left("a"), left("c"));
  assert.deepEqual(told(play.play(terminated(false))), ["reply ok"]);
});
