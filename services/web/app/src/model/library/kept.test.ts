import assert from "node:assert/strict";
import { test } from "node:test";
import { films, readKept, single } from "./kept.ts";

function keptOf(...files: readonly (readonly [string, string])[]) {
  const kept = readKept({ recording: "r", files: files.map(([name, type]) => ({ name, type, sizeBytes: 1 })) });
  assert.ok(kept);
  return kept;
}

const shown = (...files: readonly (readonly [string, string])[]) => {
  const kept = keptOf(...files);
  return [films(kept).map(({ name }) => name), single(kept)?.name];
};

const metadata = ["metadata.json", "application/json"] as const;

test("one film is played and fetched; documents are no part", () => {
  assert.deepEqual(shown(["5A_2026-11-20-10-00-00.mp4", "video/mp4"], metadata), [
    ["5A_2026-11-20-10-00-00.mp4"],
    "5A_2026-11-20-10-00-00.mp4",
  ]);
  assert.deepEqual(shown(metadata), [[], undefined]);
});

test("several films are played in the order in which they began, and fetched one by one", () => {
  assert.deepEqual(
    shown(
      ["5A_2026-11-20-10-20-00.mp4", "video/mp4"],
      metadata,
      ["5A_2026-11-20-10-00-00-2.mp4", "video/mp4"],
      ["5A_2026-11-20-10-00-00.mp4", "video/mp4"],
    ),
    [["5A_2026-11-20-10-00-00.mp4", "5A_2026-11-20-10-00-00-2.mp4", "5A_2026-11-20-10-20-00.mp4"], undefined],
  );
});

test("of tracks the sound of all is played, else the first picture; all are fetched one by one", () => {
  const tracks = [
    ["e1-microphone-1-1.webm", "audio/webm"],
    ["e1-camera-1-2.webm", "video/webm"],
  ] as const;
  assert.deepEqual(shown(...tracks), [["e1-camera-1-2.webm"], undefined]);
  assert.deepEqual(shown(["5A.m4a", "audio/mp4"], tracks[0]), [["5A.m4a"], undefined]);
});
