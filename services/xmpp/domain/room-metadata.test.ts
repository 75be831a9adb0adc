import assert from "node:assert/strict";
import { test } from "node:test";
import { refuseMetadata, startMutedOf } from "./room-metadata.ts";

const limits = { keys: 2, valueCharacters: 20, characters: 30, depth: 2 };
const empty: ReadonlyMap<string, unknown> = new Map();

test("what names rights, or TURN servers, only the server says", () => {
  for (const key of ["permissions", "moderators", "participants", "services", "lobbyEnabled", "visitorsEnabled"]) {
    assert.equal(refuseMetadata(empty, key, true, limits), "reserved", key);
  }
  assert.equal(refuseMetadata(empty, "topic", true, limits), undefined);
});

test("a key is a short word", () => {
  for (const key of ["", "a b", "__proto__", "ä", "a.b", "a".repeat(65)]) {
    assert.equal(refuseMetadata(empty, key, true, limits), "name", key);
  }
});

test("values, their sum, their number and their depth have bounds; taking away has none", () => {
  const full = new Map<string, unknown>([
    ["a", "1234567890"],
    ["b", 1],
  ]);
  assert.equal(refuseMetadata(empty, "a", "x".repeat(19), limits), "too-big");
  assert.equal(refuseMetadata(full, "b", "1234567890123456", limits), "too-big");
  assert.equal(refuseMetadata(full, "c", 1, limits), "too-many");
  assert.equal(refuseMetadata(full, "c", null, limits), undefined);
  assert.equal(refuseMetadata(full, "b", 2, limits), undefined);
  assert.equal(refuseMetadata(empty, "a", [[1]], limits), undefined);
  assert.equal(refuseMetadata(empty, "a", [[[]]], limits), "content");
  assert.equal(refuseMetadata(empty, "a", [JSON.parse('{"__proto__":1}')], limits), "content");
});

test("people start muted where it says so, and not where it says something else", () => {
  const of = (startMuted: unknown) => startMutedOf(new Map([["startMuted", startMuted]]));
  assert.deepEqual(of({ audio: true, video: false }), { audio: true, video: false });
  for (const odd of [undefined, null, "true", 1, [], { audio: "true" }]) {
    assert.deepEqual(of(odd), { audio: false, video: false });
  }
});
