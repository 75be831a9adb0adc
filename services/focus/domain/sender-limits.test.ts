import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, joined, left, Play, sourcesOf } from "../testing/play.ts";
import { aCamera, aMicrophone, anOccupant } from "../testing/samples.ts";
import type { SourceState } from "./conference.ts";
import type { Effect } from "./effects.ts";

function presences(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) => {
    if (effect.type !== "show-presence") return [];
    const { audioLimitReached, videoLimitReached } = effect.presence;
    return `audio ${audioLimitReached} video ${videoLimitReached}`;
  });
}

function muted(endpoint: string, ...names: string[]): readonly SourceState[] {
  return [`${endpoint}-a0`, `${endpoint}-v0`].map((name) => ({ name, muted: names.includes(name), isDesktop: false }));
}

function shows(play: Play, endpoint: string, ...names: string[]): readonly Effect[] {
  const sources = muted(endpoint, ...names);
  return play.play({ type: "occupant-updated", occupant: anOccupant(endpoint, { sources }) });
}

function repliesTo(effects: readonly Effect[]): string[] {
  return effects.flatMap((effect) => (effect.type === "reply" ? (effect.failure?.code ?? "ok") : []));
}

function add(play: Play, endpoint: string, source: ReturnType<typeof aCamera>): string[] {
  const { jingleSession } = play.invite(endpoint);
  return repliesTo(play.play({ type: "sources-added", ask: 9, endpoint, jingleSession, sources: [source] }));
}

test("without limits nobody is counted", () => {
  const play = new Play().callOf("a", "b");
  assert.deepEqual(play.state.senders, { audio: [], video: [] });
});

test("presence says when as many send as may, and when no longer", () => {
  const play = new Play({ senderLimits: { audio: 2, video: 3 } });
  const met = play.callOf("a", "b").effects;
  assert.deepEqual(presences(met).at(-1), "audio true video false");
  assert.deepEqual(presences(shows(play, "a", "a-a0")), ["audio false video false"]);
  assert.deepEqual(presences(shows(play, "a")), ["audio true video false"]);
  assert.deepEqual(presences(play.play(left("b"))), ["audio false video false"]);
});

test("who would be one too many is refused its source and its unmute; who sends already is not", () => {
  const play = new Play({ senderLimits: { audio: 2, video: 2 } });
  play.callOf("a", "b", "c");
  shows(play, "c", "c-a0", "c-v0");
  const { jingleSession } = play.invite("c");
  const removing = { type: "sources-removed", ask: 5, endpoint: "c", jingleSession } as const;
  play.play({ ...removing, sources: sourcesOf("c", 2) });
  assert.deepEqual(add(play, "c", aCamera("c", 9_000)), ["resource-exhausted"]);
  assert.deepEqual(add(play, "c", aMicrophone("c", 9_100)), ["resource-exhausted"]);
  const unmute = (endpoint: string, media: string) =>
    repliesTo(play.play({ type: "mute-requested", ask: 3, endpoint, target: endpoint, media, muted: false }));
  assert.deepEqual(unmute("c", "audio"), ["resource-exhausted"]);
  assert.deepEqual(unmute("c", "desktop"), ["resource-exhausted"]);
  assert.deepEqual(unmute("a", "audio"), ["ok"]);
  assert.deepEqual(add(play, "a", aCamera("a", 9_200, 1)), [], "a second picture of one person waits for the bridge");
  shows(play, "b", "b-a0");
  assert.deepEqual(unmute("c", "audio"), ["ok"]);
});

test("who unmutes all the same is asked to mute, once", () => {
  const play = new Play({ senderLimits: { audio: 2, video: 9 } });
  play.callOf("a", "b");
  play.play(joined("c", { sources: muted("c", "c-a0") }));
  play.play(play.created("c"), play.accepts("c", sourcesOf("c", 2)));
  play.play(play.connected("c", ["c-a0", "c-v0"]));
  const mutes = (effects: readonly Effect[]) => asked(effects).filter((one) => one.startsWith("ask-to-mute"));
  assert.deepEqual(mutes(shows(play, "c")), ["ask-to-mute c"]);
  assert.deepEqual(mutes(play.pass(5_000)), []);
  assert.deepEqual(mutes(shows(play, "b")), [], "they came first");
});

test("somebody's screen that is one too many is asked to be muted as a screen", () => {
  const play = new Play({ senderLimits: { audio: 9, video: 2 } });
  play.callOf("a", "b");
  const sources = muted("c").map((state) => ({ ...state, isDesktop: state.name === "c-v0" }));
  play.play(joined("c", { sources }));
  play.play(play.created("c"));
  const [ask] = play.play(play.accepts("c", sourcesOf("c", 2))).filter(({ type }) => type === "ask-to-mute");
  assert.ok(ask?.type === "ask-to-mute");
  assert.deepEqual([ask.endpoint, ask.media, ask.actor], ["c", "desktop", "focus"]);
});

test("a newcomer starts muted while the limit is reached", () => {
  const play = new Play({ senderLimits: { audio: 2, video: 9 } });
  play.callOf("a", "b");
  play.play(joined("c"));
  const [initiate] = play.play(play.created("c")).filter((effect) => effect.type === "initiate-session");
  assert.ok(initiate);
  assert.deepEqual([initiate.startAudioMuted, initiate.startVideoMuted], [true, false]);
});

test("who is hidden, and who is blocked, takes nobody's place", () => {
  const play = new Play({ senderLimits: { audio: 1, video: 9 } });
  play.play(joined("r", { hidden: true, kind: "recorder" }), joined("a"));
  play.play(play.created("r"), play.accepts("r", [aMicrophone("r", 50)]), play.connected("r", ["r-a0"]));
  assert.deepEqual(play.state.senders.audio, []);
});
