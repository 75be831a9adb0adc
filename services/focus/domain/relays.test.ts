import assert from "node:assert/strict";
import { test } from "node:test";
import { aBridge, asked, joined, left, Play, sourcesOf } from "../testing/play.ts";
import { aPool, aRecorder, aReport, asksRecording, reported, stops } from "../testing/recordings.ts";
import type { Effect } from "./effects.ts";

const strategy = "SplitBridgeSelectionStrategy";
type Fetch = Extract<Effect, { readonly type: "add-remote-sources" }>;

/** "a" has accepted on b1; "b" is invited to b2. */
function open(): Play {
  const play = new Play({ strategy }, [aBridge("b1"), aBridge("b2")]);
  play.play(joined("a"), joined("b"));
  play.play(play.created("a"), play.accepts("a", sourcesOf("a", 0)));
  return play;
}

function fetches(effects: readonly Effect[]): Fetch[] {
  return effects.filter((effect) => effect.type === "add-remote-sources");
}

function answerTo({ bridge, instance, from, fromInstance, sources }: Fetch) {
  return { bridge, instance, from, fromInstance, sources };
}

test("a source is fetched when its bridge has it, and not before", () => {
  const play = open();
  assert.deepEqual(
    fetches(play.effects).flatMap(({ sources }) => sources),
    [],
    "the bridge has not taken it",
  );
  const effects = play.play(play.connected("a", ["a-a0", "a-v0"]));
  assert.ok(asked(effects).includes("fetch b2 from b1: a-a0 a-v0"));
});

test("what could not be fetched is forgotten and asked again, later and later", () => {
  const play = open();
  let [fetch] = fetches(play.play(play.connected("a", ["a-a0", "a-v0"])));
  for (const waitMs of [250, 500, 1_000]) {
    assert.ok(fetch);
    const failure = { code: "deadline-exceeded", message: "no answer" };
    play.play({ type: "remote-sources-not-added", ...answerTo(fetch), failure });
    assert.deepEqual(asked(play.pass(waitMs - 1)), []);
    const again = play.pass(1);
    assert.deepEqual(asked(again), ["forget b2: a-a0 a-v0", "fetch b2 from b1: a-a0 a-v0"]);
    [fetch] = fetches(again);
  }
});

test("an answer to what was asked otherwise since is not announced", () => {
  const play = open();
  const [fetch] = fetches(play.play(play.connected("a", ["a-a0", "a-v0"])));
  assert.ok(fetch);
  play.play(play.created("b"), play.accepts("b", []), play.connected("b", []));
  const { jingleSession } = play.invite("a");
  const removed = sourcesOf("a", 0).slice(1);
  const effects = play.play({ type: "sources-removed", ask: 9, endpoint: "a", jingleSession, sources: removed });
  assert.ok(asked(effects).includes("forget b2: a-v0"));
  const announcements = [{ receiver: "b", sources: [...fetch.sources] }];
  const told = asked(play.play({ type: "remote-sources-added", ...answerTo(fetch), announcements }));
  assert.deepEqual(told, ["announce-sources b: a-a0"]);
});

test("a conference on one bridge asks for nothing and remembers nothing", () => {
  const play = new Play({}, [aBridge("b1"), aBridge("b2")]).callOf("a", "b", "c");
  assert.deepEqual(fetches(play.effects), []);
  assert.equal(play.state.relays.size, 0);
});

/** What bridges and recorders are asked of relays. */
function relayed(effects: readonly Effect[]): string[] {
  return asked(effects).filter((one) => /^(fetch|forget|drop) /.test(one));
}

/** A call whose tracks a recorder is asked to keep. */
function recorded(bridges: number): Play {
  const all = Array.from({ length: bridges }, (_, index) => aBridge(`b${index + 1}`));
  const play = new Play(bridges > 1 ? { strategy } : {}, all).callOf("a", "b");
  play.pool = aPool(aRecorder("r1"));
  play.play(asksRecording({ endpoint: "a", granted: ["file"], appData: '{"veche":{"mode":"tracks"}}' }));
  return play;
}

const taken = (play: Play, instance = "r1-1") =>
  play.play(reported("j1", aReport(play.now, { instance, file: { session: "f1", status: "on" } })));

test("a recorder of tracks fetches everybody's sources from the bridge, and the bridge fetches nothing", () => {
  const play = recorded(1);
  assert.deepEqual(relayed(taken(play)), ["fetch r1 from b1: a-a0 a-v0 b-a0 b-v0"]);
  assert.deepEqual([...play.state.relays.keys()], ["r1"]);
  assert.deepEqual(relayed(play.play(left("b"))), ["forget r1: b-a0 b-v0"]);
});

test("it fetches from every bridge, is nobody's place, and bridges go on fetching from one another", () => {
  const play = recorded(2);
  assert.deepEqual(relayed(taken(play)), ["fetch r1 from b1: a-a0 a-v0", "fetch r1 from b2: b-a0 b-v0"]);
  play.play(joined("c"));
  assert.ok(["b1", "b2"].includes(play.invite("c").bridge));
});

test("when its recording ends the bridge has nothing to do with it any more; where that failed it is asked again", () => {
  const play = recorded(1);
  taken(play);
  const effects = play.play(stops("f1", { endpoint: "a", granted: ["file"] }));
  assert.deepEqual(relayed(effects), ["drop b1 from r1"]);
  assert.equal(play.state.relays.size, 0);
  const failure = { code: "deadline-exceeded", message: "no answer" };
  play.play({ type: "relay-not-dropped", bridge: "b1", instance: "b1-1", from: "r1", failure });
  assert.deepEqual(relayed(play.pass(250)), ["drop b1 from r1"]);
});

test("a recorder that began anew fetches anew, and the bridge is not told to drop what it asks for", () => {
  const play = recorded(1);
  taken(play);
  assert.deepEqual(relayed(taken(play, "r1-2")), ["fetch r1 from b1: a-a0 a-v0 b-a0 b-v0"]);
});

test("with the sitting the recorder's part ends", () => {
  const play = recorded(1);
  taken(play);
  const effects = play.play({ type: "room-destroyed", reason: "operator", by: "" });
  assert.ok(asked(effects).includes("expire-conference r1"));
});
