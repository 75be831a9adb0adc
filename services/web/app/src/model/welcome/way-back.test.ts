import assert from "node:assert/strict";
import { test } from "node:test";
import { noteWayBack, readWayBack, takeWayBack } from "./way-back.ts";

test("the way back leads to the same room only, with the microphone as it was", () => {
  const note = JSON.stringify({ path: "/a", audioMuted: true, videoMuted: false });
  assert.deepEqual(readWayBack(note, "/a"), { audioMuted: true, videoMuted: false });
  assert.equal(readWayBack(note, "/b"), undefined);
  assert.equal(readWayBack(null, "/a"), undefined);
});

test("a browser that keeps nothing knows no way back, and that is all", () => {
  noteWayBack("/a", { audioMuted: false, videoMuted: false });
  assert.equal(takeWayBack("/b"), undefined);
});
