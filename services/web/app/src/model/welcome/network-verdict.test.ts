import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "./network-verdict.ts";

test("a near server is good, a far one fair, one beyond talking poor", () => {
  assert.deepEqual(judge([20, 22, 21, 25, 20]), { verdict: "good", roundTripMs: 21 });
  assert.equal(judge([180, 190, 185, 200, 182]).verdict, "fair");
  assert.equal(judge([420, 440, 430, 410, 450]).verdict, "poor");
});

test("one slow answer is forgiven, many swings are not", () => {
  assert.equal(judge([20, 900, 21, 25, 20]).verdict, "good");
  assert.equal(judge([20, 200, 21, 320, 90]).verdict, "fair");
});

test("answers that don't come count, and none at all is no connection", () => {
  assert.equal(judge([20, undefined, 21, 25, 20]).verdict, "fair");
  assert.equal(judge([20, undefined, undefined, 25, 20]).verdict, "poor");
  assert.deepEqual(judge([undefined, undefined]), { verdict: "none", roundTripMs: 0 });
});
