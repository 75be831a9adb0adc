import assert from "node:assert/strict";
import { test } from "node:test";
import { type Moderation, type ModerationInput, moderate } from "./av-moderation.ts";

/** Plays the inputs; what the last of them brings about, and who is allowed afterwards. */
function play(...inputs: readonly ModerationInput[]) {
  let moderation: Moderation = new Map();
  let effects: readonly string[] = [];
  for (const input of inputs) {
    const step = moderate(moderation, input);
    moderation = step.moderation;
    effects = step.effects.map((effect) => `${effect.type} ${effect.media}`);
  }
  const allowed = Object.fromEntries([...moderation].map(([media, one]) => [media, [...one.allowed]]));
  return { effects, allowed };
}

const on: ModerationInput = { type: "switched-on", media: "audio", by: "teacher" };
const off: ModerationInput = { type: "switched-off", media: "audio", by: "teacher" };
const allow = (endpoint: string): ModerationInput => ({ type: "allowed", media: "audio", endpoint });
const disallow = (endpoint: string): ModerationInput => ({ type: "disallowed", media: "audio", endpoint });

test("moderation of one media is told to all, and the empty list to moderators", () => {
  assert.deepEqual(play(on), { effects: ["tell-all audio", "tell-moderators audio"], allowed: { audio: [] } });
  assert.deepEqual(play(on, on).effects, []);
});

test("who is allowed is told so, and the moderators have the list", () => {
  const expected = { effects: ["tell-moderators audio", "tell-endpoint audio"], allowed: { audio: ["a"] } };
  assert.deepEqual(play(on, allow("a")), expected);
  assert.deepEqual(play(on, allow("a"), allow("a")).effects, []);
  assert.deepEqual(play(on, allow("a"), disallow("a")).allowed, { audio: [] });
  assert.deepEqual(play(on, disallow("a")).effects, []);
});

test("nobody is allowed what is not moderated", () => {
  assert.deepEqual(play(allow("a")), { effects: [], allowed: {} });
});

test("a list does not outlive its moderation, nor a place in it the one who had it", () => {
  assert.deepEqual(play(on, allow("a"), off, on).allowed, { audio: [] });
  assert.deepEqual(play(on, allow("a"), allow("b"), { type: "left", endpoint: "a" }), {
    effects: ["tell-moderators audio"],
    allowed: { audio: ["b"] },
  });
});
