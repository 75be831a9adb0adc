import assert from "node:assert/strict";
import { test } from "node:test";
import { cameraConstraints, microphoneConstraints } from "./capture.ts";

test("a camera is asked for by its side on a phone, else by its device", () => {
  const wish = { device: "cam", facing: undefined, height: 720 } as const;
  assert.deepEqual(cameraConstraints(wish).deviceId, { exact: "cam" });
  const turned = cameraConstraints({ ...wish, facing: "environment" });
  assert.deepEqual(turned.facingMode, { ideal: "environment" });
  assert.equal(turned.deviceId, undefined);
  assert.deepEqual(turned.width, { ideal: 1280 });
});

test("what is done to the voice is as the person has it", () => {
  const processing = { echoCancellation: true, noiseSuppression: false, autoGainControl: false };
  assert.deepEqual(microphoneConstraints({ device: undefined, ...processing }), processing);
  assert.deepEqual(microphoneConstraints({ device: "mic", ...processing }).deviceId, { exact: "mic" });
});
