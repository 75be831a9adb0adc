import assert from "node:assert/strict";
import { test } from "node:test";
import { screenConstraints, screenProblem } from "./screen-capture.ts";

test("whoever closes the chooser has changed their mind; a system that forbids is a problem", () => {
  assert.equal(screenProblem(new DOMException("Permission denied", "NotAllowedError")), undefined);
  assert.equal(screenProblem(new DOMException("Permission denied by system", "NotAllowedError")), "denied");
  assert.equal(screenProblem(new DOMException("Could not start", "NotReadableError")), "busy");
});

test("a screen is asked for with its sound as it is, and as often as the person said", () => {
  const { video, audio } = screenConstraints(5);
  assert.deepEqual(video, { frameRate: { max: 5 } });
  assert.deepEqual(audio, { echoCancellation: false, noiseSuppression: false, autoGainControl: false });
});
