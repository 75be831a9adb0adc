import assert from "node:assert/strict";
import { test } from "node:test";
import { isBackground, isSameBackground } from "./choice.ts";

test("only a background there can be is taken from what the browser kept", () => {
  for (const good of [
    { type: "none" },
    { type: "blur", strength: "slight" },
    { type: "image", id: "sea" },
    { type: "image", id: "own-1732300000000" },
  ])
    assert.ok(isBackground(good), JSON.stringify(good));
  for (const bad of [
    undefined,
    null,
    "blur",
    { type: "blur" },
    { type: "blur", strength: "enormous" },
    { type: "image", id: "../../etc" },
    { type: "image", id: "own-" },
    { type: "image", id: 7 },
  ])
    assert.ok(!isBackground(bad), JSON.stringify(bad));
});

test("two backgrounds are the same when nobody could tell them apart", () => {
  assert.ok(isSameBackground({ type: "none" }, { type: "none" }));
  assert.ok(!isSameBackground({ type: "blur", strength: "slight" }, { type: "blur", strength: "strong" }));
  assert.ok(!isSameBackground({ type: "image", id: "sea" }, { type: "image", id: "dawn" }));
  assert.ok(isSameBackground({ type: "image", id: "sea" }, { type: "image", id: "sea" }));
});
