import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findChromium, isRecordingWanted, missingForRecording } from "./recording.ts";

test("recording names what is missing, by the packages to install", () => {
  const directory = mkdtempSync(join(tmpdir(), "veche-programs-"));
  const env = { PATH: directory };
  assert.deepEqual(missingForRecording(env), ["chromium", "ffmpeg"]);
  assert.equal(findChromium(env), undefined);
  for (const name of ["ffmpeg", "google-chrome"]) {
    writeFileSync(join(directory, name), "#!/bin/sh\n");
    assert.ok(missingForRecording(env).length > 0, "a file is no program yet");
    chmodSync(join(directory, name), 0o755);
  }
  assert.deepEqual(missingForRecording(env), []);
  assert.equal(findChromium(env), join(directory, "google-chrome"));
  rmSync(directory, { recursive: true });
});

test("programs that are named have to be there", () => {
  const env = { PATH: "", CHROMIUM_PATH: "/nonexistent/chromium", FFMPEG_PATH: "/nonexistent/ffmpeg" };
  assert.deepEqual(missingForRecording(env), ["chromium", "ffmpeg"]);
});

test("recording is on unless it is switched off", () => {
  assert.equal(isRecordingWanted({}), true);
  assert.equal(isRecordingWanted({ VECHE_RECORDER: "off" }), false);
  assert.throws(() => isRecordingWanted({ VECHE_RECORDER: "no" }), /VECHE_RECORDER: expected on or off, found "no"/);
});
