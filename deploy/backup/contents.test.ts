import assert from "node:assert/strict";
import { test } from "node:test";
import { droppedBuckets, keptBuckets, streamsToSave } from "./contents.ts";

test("what people made is saved, what is of a call under way is not", () => {
  for (const bucket of ["KV_accounts", "KV_settings", "KV_recordings", "KV_conference-codes", "KV_webhook-endpoints"])
    assert.ok(keptBuckets.includes(bucket), bucket);
  for (const bucket of ["KV_rooms", "KV_bridges", "KV_xmpp-state", "KV_recording-jobs", "KV_units"])
    assert.ok(droppedBuckets.includes(bucket), bucket);
});

test("facts come last, and not at all where they are not wanted", () => {
  const all = streamsToSave({ withFacts: true });
  assert.deepEqual(all.slice(-3).sort(), ["CHAT", "CONFERENCE", "SERVICE"]);
  assert.deepEqual(streamsToSave({ withFacts: false }), keptBuckets);
});
