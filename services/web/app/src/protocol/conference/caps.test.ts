import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { FEATURES, VERIFICATION, VERSION } from "./caps.ts";

test("the announced version is the hash of the features actually answered", () => {
  assert.equal(VERSION, createHash("sha1").update(VERIFICATION).digest("base64"));
});

test("features are sorted, as the hash demands", () => {
  assert.deepEqual(FEATURES, [...FEATURES].sort());
});
