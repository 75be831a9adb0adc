import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { keepWithHost } from "../remembered.ts";
import { MAX_OWN_RECORDINGS, noteOwnRecording, ownRecordingPath, ownRecordings } from "./own-recordings.ts";

beforeEach(() => keepWithHost(undefined));

const recording = (id: string) => ({ id, key: `key of ${id}`, room: "Физика", at: 1 });

test("the newest come first, each once, and the oldest beyond the limit are forgotten", () => {
  for (let number = 0; number < MAX_OWN_RECORDINGS + 5; number++) noteOwnRecording(recording(`s${number}`));
  noteOwnRecording(recording("s20"));
  const ids = ownRecordings().map(({ id }) => id);
  assert.equal(ids.length, MAX_OWN_RECORDINGS);
  assert.deepEqual(ids.slice(0, 2), ["s20", `s${MAX_OWN_RECORDINGS + 4}`]);
  assert.equal(new Set(ids).size, ids.length);
});

test("what somebody else has put there is passed over", () => {
  keepWithHost(JSON.stringify({ veche: { recordings: [recording("s1"), { id: "s2" }, null, "s3"] } }));
  assert.deepEqual(ownRecordings(), [recording("s1")]);
  keepWithHost(JSON.stringify({ veche: { recordings: "none" } }));
  assert.deepEqual(ownRecordings(), []);
});

test("the key stands where no server is told of it", () => {
  assert.equal(ownRecordingPath({ ...recording("a b"), key: "k#&" }), "/recordings?id=a%20b#k%23%26");
});
