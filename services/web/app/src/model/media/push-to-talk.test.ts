import assert from "node:assert/strict";
import { test } from "node:test";
import { PushToTalk } from "./push-to-talk.ts";

function microphone(isMuted: boolean) {
  const acts: boolean[] = [];
  let muted = isMuted;
  const setMuted = (next: boolean) => {
    muted = next;
    acts.push(next);
  };
  return { acts, talk: new PushToTalk({ isMuted: () => muted, setMuted }) };
}

test("the microphone is on while the key is held, however often the key repeats", () => {
  const { acts, talk } = microphone(true);
  assert.ok(talk.press());
  assert.ok(talk.press());
  talk.release();
  talk.release();
  assert.deepEqual(acts, [false, true]);
});

test("who is heard already stays heard when the key goes up", () => {
  const { acts, talk } = microphone(false);
  assert.ok(!talk.press());
  talk.release();
  assert.deepEqual(acts, []);
});

test("who presses the microphone's button meanwhile keeps what they chose", () => {
  const { acts, talk } = microphone(true);
  talk.press();
  talk.forget();
  talk.release();
  assert.deepEqual(acts, [false]);
});
