import assert from "node:assert/strict";
import { test } from "node:test";
import { isLibrary, openedBy } from "./address.ts";

test("only the root's own address is the library's", () => {
  assert.ok(isLibrary({ tenant: "", roomName: "recordings" }));
  assert.ok(!isLibrary({ tenant: "school", roomName: "recordings" }));
  assert.ok(!isLibrary({ tenant: "", roomName: "recordings 2" }));
});

test("an address opens one recording by link or by key, else what is one's own", () => {
  assert.deepEqual(openedBy("", "#rec1/l1/s-_1"), { by: "link", recording: "rec1", id: "l1", secret: "s-_1" });
  assert.deepEqual(openedBy("?id=rec1", "#k%2F1"), { by: "key", recording: "rec1", key: "k/1" });
  for (const [search, hash] of [
    ["", ""],
    ["", "#rec1"],
    ["", "#rec1/l1"],
    ["?id=rec1", ""],
    ["", "#%"],
  ] as const) {
    assert.deepEqual(openedBy(search, hash), { by: "account" }, search + hash);
  }
});
