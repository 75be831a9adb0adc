import assert from "node:assert/strict";
import { test } from "node:test";
import { aBridge, asked, joined, Play, sourcesOf } from "../testing/play.ts";
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
