import assert from "node:assert/strict";
import { test } from "node:test";
import { aBridge, asked, Play } from "../testing/play.ts";
import type { Effect } from "./effects.ts";
import type { Input } from "./inputs.ts";

/** The only bridge is out of reach. */
function lose(play: Play): void {
  play.bridges = [];
  play.play({ type: "bridge-lost", bridge: "b1", instance: "b1-1", reason: "failure" });
}

function regain(play: Play): readonly Effect[] {
  play.bridges = [aBridge("b1")];
  return play.play({ type: "bridge-returned", bridge: "b1", instance: "b1-1" });
}

function missed(play: Play, endpoint: string): Input {
  return { type: "bridge-missed", endpoint, jingleSession: play.invite(endpoint).jingleSession };
}

test("a bridge that was out of reach when media was to flow gets its receiver again when it is back", () => {
  const play = new Play().callOf("a", "b");
  lose(play);
  play.play(missed(play, "b"));
  const said = asked(regain(play));
  assert.ok(said.includes("end-session b success") && said.includes("create-endpoint b"), said.join());
  assert.ok(!said.includes("create-endpoint a"), "nobody else is invited again");
});

test("where it is back already when that is known, or never was away, the receiver is invited at once", () => {
  const play = new Play().callOf("a", "b");
  lose(play);
  regain(play);
  const said = asked([...play.play(missed(play, "b")), ...play.pass(1_000)]);
  assert.ok(said.includes("end-session b success") && said.includes("create-endpoint b"), said.join());
});

test("of a session that is over it is no news", () => {
  const play = new Play().callOf("a", "b");
  const late = missed(play, "b");
  play.play(missed(play, "b"));
  play.pass(1_000);
  assert.deepEqual(asked(play.play(late)), []);
});
