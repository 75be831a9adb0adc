import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aBridge, asked, factsOf, joined, left, Play, seenBy, sourcesOf, told } from "../testing/play.ts";
import { aCamera, aMicrophone, anOccupant, aTransport } from "../testing/samples.ts";
import type { Input } from "./inputs.ts";

describe("who is invited", () => {
  test("the first participant becomes owner and needs no bridge", () => {
    const play = new Play();
    assert.deepEqual(asked(play.play(joined("a"))), ["make-owner a", "show-presence"]);
  });

  test("the second participant brings the bridge to both", () => {
    const play = new Play();
    play.play(joined("a"));
    assert.deepEqual(asked(play.play(joined("b"))), ["create-endpoint a", "create-endpoint b"]);
  });

  test("a place on the bridge becomes an invitation with the bridge's own sources first", () => {
    const play = new Play();
    play.play(joined("a"), joined("b"));
    const [effect] = play.play(play.created("a"));
    assert.equal(effect?.type, "initiate-session");
    assert.deepEqual(effect?.type === "initiate-session" && effect.offer.sources.map(({ name }) => name), [
      "jvb-a0",
      "jvb-v0",
    ]);
  });

  test("a participant who left while the bridge was answering is released, not invited", () => {
    const play = new Play();
    play.play(joined("a"), joined("b"), joined("c"));
    const created = play.created("c");
    assert.deepEqual(asked(play.play(left("c"))), ["expire-endpoint c"]);
    assert.deepEqual(told(play.play(created)), []);
  });

  test("somebody left alone keeps the session for 20 s, then it expires, and a second person brings a new one to both", () => {
    const play = new Play().callOf("a", "b");
    play.play(left("b"));
    assert.deepEqual(asked(play.pass(19_999)), []);
    assert.deepEqual(asked(play.pass(1)), ["end-session a expired", "expire-endpoint a"]);
    assert.deepEqual(asked(play.play(joined("c"))), ["create-endpoint a", "create-endpoint c"]);
  });

  test("whoever comes within the 20 s finds the session of the other alive", () => {
    const play = new Play().callOf("a", "b");
    play.play(left("b"));
    play.pass(15_000);
    assert.deepEqual(asked(play.play(joined("c"))), ["create-endpoint c"]);
    assert.deepEqual(asked(play.pass(60_000)), []);
  });

  test("a room that nobody comes to is left after 15 s without a fact", () => {
    const play = new Play();
    play.play({ type: "tick" });
    assert.deepEqual(told(play.pass(15_000)), ["close-room", "finish"]);
  });

  test("the last one's leave ends the conference", () => {
    const play = new Play();
    play.play(joined("a"));
    assert.deepEqual(told(play.play(left("a"))), ["fact participantLeft", "fact sessionEnded", "close-room", "finish"]);
    assert.equal(play.state.phase, "ended");
  });
});

describe("sources", () => {
  test("what is announced goes out after the accept, in one batch", () => {
    const play = new Play();
    play.play(joined("a"), joined("b"));
    play.play(play.created("a"), play.created("b"), play.accepts("a", sourcesOf("a", 0)));
    const news = [{ receiver: "b", sources: seenBy("b", sourcesOf("a", 0)) }];
    assert.deepEqual(asked(play.play(play.connected("a", ["a-a0", "a-v0"], news))), ["reply ok"]);
    const accepted = asked(play.play(play.accepts("b", [])));
    assert.deepEqual(accepted, ["connect-endpoint b: ", "announce-sources b: a-a0 a-v0"]);
  });

  test("media flows 300 ms after the client's answer, at once where the client applies first", () => {
    for (const [features, waitMs] of [
      [[], 300],
      [["urn:veche:acknowledges-applied"], 0],
    ] as const) {
      const play = new Play();
      play.play(joined("a"), joined("b", { features }));
      play.play(play.created("a"), play.created("b"), play.accepts("b", []), play.connected("b", []));
      play.play(play.accepts("a", sourcesOf("a", 0)));
      play.play(play.connected("a", ["a-a0", "a-v0"], [{ receiver: "b", sources: seenBy("b", sourcesOf("a", 0)) }]));
      const before = asked([...play.play(play.announced("b", "a-a0", "a-v0")), ...play.pass(Math.max(0, waitMs - 1))]);
      if (waitMs > 0) {
        assert.deepEqual(before, []);
        assert.deepEqual(asked(play.pass(1)), ["resume-sources b: a-a0 a-v0"]);
      } else assert.deepEqual(before, ["resume-sources b: a-a0 a-v0"]);
    }
  });

  test("what the offer held flows as soon as the bridge has the accept", () => {
    const play = new Play().callOf("a", "b");
    play.play(joined("c"));
    const known = seenBy("c", [...sourcesOf("a", 0), ...sourcesOf("b", 1)]);
    play.play(play.created("c", known), play.accepts("c", []));
    const effects = asked(play.play(play.connected("c", [])));
    assert.deepEqual(effects, ["reply ok", "resume-sources c: a-a0 a-v0 b-a0 b-v0"]);
  });

  test("one announcement is on its way at a time; what comes up meanwhile goes together in the next", () => {
    const play = new Play().callOf("a", "b");
    const took = (index: number): Input => ({
      type: "bridge-took-sources",
      ask: 1,
      endpoint: "a",
      jingleSession: play.invite("a").jingleSession,
      names: [`a-v${index}`],
      announcements: [{ receiver: "b", sources: seenBy("b", [aCamera("a", 5_000 + 10 * index, index)]) }],
    });
    for (const index of [1, 2, 3]) play.play(adds(play, "a", aCamera("a", 5_000 + 10 * index, index)));
    assert.deepEqual(asked(play.play(took(1))), ["reply ok", "announce-sources b: a-v1"]);
    assert.deepEqual(asked(play.play(took(2), took(3))), ["reply ok", "reply ok"]);
    assert.deepEqual(asked(play.play(play.announced("b", "a-v1"))), ["announce-sources b: a-v2 a-v3"]);
  });

  test("a removed source is withdrawn from those who know it, after what is on its way", () => {
    const play = new Play().callOf("a", "b");
    const removed = play.play(removes(play, "a", aCamera("a", 1_001)));
    assert.deepEqual(asked(removed), ["remove-sources a: a-v0", "reply ok", "withdraw-sources b: a-v0"]);
    const sent = removed.find((effect) => effect.type === "withdraw-sources");
    assert.deepEqual(
      sent?.sources[0]?.ssrcs,
      seenBy("b", sourcesOf("a", 0))[1]?.ssrcs,
      "with the SSRCs that b was told",
    );
  });

  test("a source that nobody was told of yet is simply not announced", () => {
    const play = new Play();
    play.play(joined("a"), joined("b"));
    play.play(play.created("a"), play.created("b"), play.accepts("a", sourcesOf("a", 0)));
    play.play(play.connected("a", ["a-a0", "a-v0"], [{ receiver: "b", sources: seenBy("b", sourcesOf("a", 0)) }]));
    play.play(removes(play, "a", aCamera("a", 1_001)));
    assert.deepEqual(asked(play.play(play.accepts("b", []))).at(-1), "announce-sources b: a-a0");
  });

  test("nobody is told to remove the sources of one who left, but those with SSRC rewriting", () => {
    const play = new Play().callOf("a", "b", "c");
    const flagged = anOccupant("c", { features: ["http://jitsi.org/ssrc-rewriting-1"] });
    play.play({ type: "occupant-updated", occupant: flagged });
    assert.deepEqual(asked(play.play(left("b"))), ["expire-endpoint b", "withdraw-sources c: b-a0 b-v0"]);
  });

  test("a source that the bridge refuses is refused to its sender and never published", () => {
    const play = new Play().callOf("a", "b");
    play.play(adds(play, "a", aCamera("a", 7_000, 1)));
    const { jingleSession } = play.invite("a");
    const failure = { code: "invalid-argument", message: "no" };
    const refused: Input = {
      type: "bridge-refused-sources",
      ask: 4,
      endpoint: "a",
      jingleSession,
      names: ["a-v1"],
      failure,
    };
    assert.deepEqual(told(play.play(refused)), ["reply invalid-argument"]);
    assert.deepEqual([...(play.state.members.get("a")?.sentSources.keys() ?? [])], ["a-a0", "a-v0"]);
  });
});

describe("what clients ask", () => {
  test("an accept of an unknown session is not found, and one with rubbish is refused; both change nothing", () => {
    const play = new Play().callOf("a", "b");
    play.play(joined("c"));
    play.play(play.created("c"));
    const before = play.state;
    const stray = { ...play.accepts("c", []), jingleSession: "j0" } as Input;
    assert.deepEqual(told(play.play(stray)), ["reply not-found"]);
    const clash = play.accepts("c", [aMicrophone("c", 1_000)]);
    assert.deepEqual(told(play.play(clash)), ["reply invalid-argument"]);
    const bare = { ...play.accepts("c", []), transport: { ...aTransport, fingerprints: [] } } as Input;
    assert.deepEqual(told(play.play(bare)), ["reply invalid-argument"]);
    assert.deepEqual(play.state, before);
  });

  test("the same accept twice is done once", () => {
    const play = new Play();
    play.play(joined("a"), joined("b"));
    play.play(play.created("a"), play.accepts("a", sourcesOf("a", 0)));
    assert.deepEqual(told(play.play(play.accepts("a", sourcesOf("a", 0)))), ["reply ok"]);
  });

  test("a restart gives a new session, and withdraws from the others what they knew", () => {
    const play = new Play().callOf("a", "b");
    const old = play.invite("a").jingleSession;
    const effects = asked(play.play(restarts(play, "a")));
    assert.deepEqual(effects, ["expire-endpoint a", "reply ok", "create-endpoint a", "withdraw-sources b: a-a0 a-v0"]);
    assert.notEqual(play.invite("a").jingleSession, old);
  });

  test("restarts are at least 5 s apart and at most five a minute", () => {
    const play = new Play().callOf("a", "b");
    const again = () => {
      play.play(play.created("a"));
      return told(play.play(restarts(play, "a"))).find((line) => line.startsWith("reply"));
    };
    assert.deepEqual(told(play.play(restarts(play, "a"))).includes("reply ok"), true);
    play.pass(4_999);
    assert.equal(again(), "reply resource-exhausted");
    for (let count = 0; count < 4; count += 1) {
      play.pass(5_000);
      assert.equal(again(), "reply ok");
    }
    play.pass(5_000);
    assert.equal(again(), "reply resource-exhausted");
    play.pass(60_000);
    assert.equal(again(), "reply ok");
  });

  test("a restart that names another bridge session is not found", () => {
    const play = new Play().callOf("a", "b");
    const wrong = { ...restarts(play, "a"), bridgeSession: "b0" } as Input;
    assert.deepEqual(told(play.play(wrong)), ["reply not-found"]);
  });

  test("an ICE restart sends new credentials under a growing generation", () => {
    const play = new Play().callOf("a", "b");
    const { jingleSession, bridgeSession } = play.invite("a");
    const request: Input = { type: "ice-restart-requested", ask: 3, endpoint: "a", jingleSession, bridgeSession };
    assert.deepEqual(asked(play.play(request)), ["restart-ice a"]);
    const done: Input = { type: "ice-restarted", ask: 3, endpoint: "a", jingleSession, transport: aTransport };
    const generations = [play.play(done), play.play(done)].map((effects) => {
      const effect = effects.find(({ type }) => type === "replace-transport");
      return effect?.type === "replace-transport" ? effect.transport.iceGeneration : 0;
    });
    assert.deepEqual(generations, [1, 2]);
  });

  test("only a moderator mutes others, nobody unmutes others, everybody may mute themselves", () => {
    const play = new Play();
    play.play(joined("a", { role: "moderator", isOwner: true }), joined("b"));
    play.play(joined("s", { kind: "sip", isService: true }), joined("l", { kind: "sip" }));
    assert.deepEqual(asked(play.play(mutes("a", "b", true))), ["ask-to-mute b", "reply ok"]);
    assert.deepEqual(asked(play.play(mutes("b", "a", true))), ["reply permission-denied"]);
    assert.deepEqual(asked(play.play(mutes("a", "b", false))), ["reply permission-denied"]);
    assert.deepEqual(asked(play.play(mutes("b", "b", true))), ["reply ok"]);
    assert.deepEqual(asked(play.play(mutes("a", "x", true))), ["reply not-found"]);
    assert.deepEqual(asked(play.play(mutes("a", "s", true))), ["reply permission-denied"], "that gateway can't");
    assert.deepEqual(asked(play.play(mutes("a", "l", true))), ["ask-to-mute l", "reply ok"], "calls itself one");
  });
});

describe("owners", () => {
  test("another is elected when none is left; recorders, gateways and the hidden never are", () => {
    const play = new Play();
    play.play(joined("r", { kind: "recorder" }), joined("h", { hidden: true }), joined("s", { kind: "sip" }));
    assert.ok(!told(play.effects).some((line) => line.startsWith("make-owner")));
    assert.ok(asked(play.play(joined("a"))).includes("make-owner a"));
    play.play({ type: "affiliation-set", endpoint: "a" });
    play.play(joined("b"));
    assert.ok(!asked(play.effects).includes("make-owner b"));
    assert.ok(asked(play.play(left("a"))).includes("make-owner b"));
  });

  test("an election that came to nothing is held again after a while, not in a loop", () => {
    const play = new Play();
    play.play(joined("a"));
    assert.deepEqual(asked(play.play({ type: "affiliation-not-set", endpoint: "a" })), []);
    assert.deepEqual(asked(play.pass(2_000)), ["make-owner a"]);
  });
});

describe("bridges", () => {
  test("with none, the room is told; people are invited as soon as one appears", () => {
    const play = new Play({}, []);
    play.play(joined("a"));
    assert.deepEqual(asked(play.play(joined("b"))), ["show-presence"]);
    assert.equal(play.state.presence.bridgeNotAvailable, true);
    play.bridges = [aBridge("b2")];
    assert.deepEqual(asked(play.play({ type: "bridges-changed" })), [
      "create-endpoint a",
      "create-endpoint b",
      "show-presence",
    ]);
    assert.equal(play.state.presence.bridgeNotAvailable, false);
  });

  test("when it dies, everybody moves to another at once and nobody has left", () => {
    const play = new Play({}, [aBridge("b1"), aBridge("b2", { stress: 0.1 })]).callOf("a", "b");
    play.bridges = [aBridge("b2", { stress: 0.1 })];
    const effects = play.play({ type: "bridge-lost", bridge: "b1", instance: "b1-1", reason: "failure" });
    assert.deepEqual(asked(effects), [
      "end-session a success",
      "end-session b success",
      "create-endpoint a",
      "create-endpoint b",
    ]);
    assert.deepEqual(
      factsOf(effects).map(({ name }) => name),
      ["bridgeMoved"],
    );
  });

  test("when there is no other, its return with the endpoints changes nothing for anybody", () => {
    const play = new Play().callOf("a", "b");
    const [view] = play.bridges;
    play.bridges = [];
    play.play({ type: "bridge-lost", bridge: "b1", instance: "b1-1", reason: "failure" });
    play.pass(4_999);
    assert.equal(play.state.presence.bridgeNotAvailable, false);
    play.pass(1);
    assert.equal(play.state.presence.bridgeNotAvailable, true);
    play.bridges = view ? [view] : [];
    const effects = play.play({ type: "bridge-returned", bridge: "b1", instance: "b1-1" });
    assert.deepEqual(asked(effects), ["show-presence"]);
  });

  test("one that wakes up after its conference has moved is told to forget it", () => {
    const play = new Play({}, [aBridge("b1"), aBridge("b2", { stress: 0.1 })]).callOf("a", "b");
    play.bridges = [aBridge("b2", { stress: 0.1 })];
    play.play({ type: "bridge-lost", bridge: "b1", instance: "b1-1", reason: "failure" });
    const effects = play.play({ type: "bridge-returned", bridge: "b1", instance: "b1-1" });
    assert.deepEqual(asked(effects), ["expire-conference b1"]);
  });

  test("started again under the same name, it has new sessions for everybody", () => {
    const play = new Play().callOf("a", "b");
    play.bridges = [aBridge("b1", { instance: "b1-2" })];
    const effects = play.play(
      { type: "bridge-lost", bridge: "b1", instance: "b1-1", reason: "failure" },
      { type: "bridges-changed" },
    );
    assert.deepEqual(
      asked(effects).filter((line) => !line.startsWith("show")),
      ["end-session a success", "end-session b success", "create-endpoint a", "create-endpoint b"],
    );
  });

  test("a worker's death brings new sessions to its endpoints alone", () => {
    const play = new Play().callOf("a", "b", "c");
    const effects = asked(play.play({ type: "endpoints-lost", bridge: "b1", endpoints: ["b"] }));
    assert.deepEqual(
      effects.filter((line) => !line.startsWith("withdraw")),
      ["end-session b success", "expire-endpoint b", "create-endpoint b"],
    );
  });

  test("a place that was refused is asked for again, later each time", () => {
    const play = new Play();
    play.play(joined("a"), joined("b"));
    const waits: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { jingleSession } = play.invite("a");
      const failure = { code: "resource-exhausted", message: "full" };
      play.play({ type: "endpoint-not-created", endpoint: "a", jingleSession, failure });
      const from = play.now;
      while (play.session("a")?.state === "idle") play.pass(10);
      waits.push(play.now - from);
    }
    assert.deepEqual(waits, [250, 500, 1_000]);
  });

  test("connections that fail are facts once per stage, and again after they had been up", () => {
    const play = new Play().callOf("a", "b");
    const { jingleSession } = play.invite("a");
    const of = { endpoint: "a", jingleSession } as const;
    const failures = (...inputs: Input[]) =>
      factsOf(play.play(...inputs)).flatMap((fact) =>
        fact.name === "participantConnectionFailed" ? fact.body.stage : [],
      );
    const down: Input = { type: "endpoint-disconnected", ...of, stage: "ice" };
    assert.deepEqual(failures({ type: "endpoint-connected", ...of }, down, down), ["ice"]);
    assert.deepEqual(failures({ type: "endpoint-connected", ...of }, down), ["ice"]);
  });
});

describe("what is said only now and then", () => {
  test("reactions are counted over a second; of one person 16 kinds of at most 32 characters", () => {
    const play = new Play().callOf("a", "b");
    const kinds = Array.from({ length: 20 }, (_, index) => `kind-${index}`);
    play.play({ type: "reacted", endpoint: "a", reactions: ["kind-0", ...kinds, "x".repeat(33), ""] });
    assert.deepEqual(factsOf(play.pass(999)), []);
    const said = factsOf(play.pass(1)).flatMap((fact) => (fact.name === "participantReacted" ? fact.body : []));
    assert.equal(said.length, 16);
    assert.deepEqual([said[0]?.reaction, said[0]?.count], ["kind-0", 2]);
  });

  test("a client that does not answer in time is a fact and keeps its invitation; one that refuses gets another", () => {
    const play = new Play();
    play.play(joined("a"), joined("b"));
    play.play(play.created("a"), play.created("b"));
    const of = (endpoint: string) => ({ endpoint, jingleSession: play.invite(endpoint).jingleSession });
    const late = { code: "deadline-exceeded", message: "no answer" };
    const effects = play.play({ type: "session-not-initiated", ...of("a"), failure: late });
    assert.deepEqual(told(effects), ["fact participantConnectionFailed"]);
    assert.equal(play.session("a")?.state, "offered");
    const refusal = { code: "failed-precondition", message: "no" };
    const other = play.play({ type: "session-not-initiated", ...of("b"), failure: refusal });
    assert.deepEqual(asked(other), ["end-session b success", "expire-endpoint b"]);
    assert.deepEqual(asked(play.pass(250)), ["create-endpoint b"]);
  });

  test("an interrupted client that does not answer is no failed connection", () => {
    const play = new Play();
    play.play(joined("a"), joined("b"));
    play.play(play.created("a"), { type: "occupant-interrupted", endpoint: "a" });
    const { jingleSession } = play.invite("a");
    const failure = { code: "deadline-exceeded", message: "no answer" };
    assert.deepEqual(told(play.play({ type: "session-not-initiated", endpoint: "a", jingleSession, failure })), []);
  });
});

function adds(play: Play, endpoint: string, ...sources: ReturnType<typeof aCamera>[]): Input {
  return { type: "sources-added", ask: 1, endpoint, jingleSession: play.invite(endpoint).jingleSession, sources };
}

function removes(play: Play, endpoint: string, ...sources: ReturnType<typeof aCamera>[]): Input {
  return { type: "sources-removed", ask: 1, endpoint, jingleSession: play.invite(endpoint).jingleSession, sources };
}

function restarts(play: Play, endpoint: string): Input {
  const { jingleSession, bridgeSession } = play.invite(endpoint);
  return { type: "session-terminated", ask: 2, endpoint, jingleSession, reason: "", bridgeSession, restart: true };
}

function mutes(endpoint: string, target: string, muted: boolean): Input {
  return { type: "mute-requested", ask: 9, endpoint, target, media: "audio", muted };
}
