import assert from "node:assert/strict";
import { test } from "node:test";
import { sameList, sameMap, sameRecord } from "./steady.ts";

test("what says the same is the same", () => {
  const list = ["a", "b"];
  assert.equal(sameList(list, ["a", "b"]), list);
  const record = { x: 1, y: 2 };
  assert.equal(sameRecord(record, { x: 1, y: 2 }), record);
  const map = new Map([["a", record]]);
  assert.equal(sameMap(map, new Map([["a", { x: 1, y: 2 }]])), map);
});

test("of what changed only that is new", () => {
  const a = { x: 1 };
  const b = { x: 2 };
  const before = new Map([
    ["a", a],
    ["b", b],
  ]);
  const after = sameMap(
    before,
    new Map([
      ["a", { x: 1 }],
      ["b", { x: 3 }],
    ]),
  );
  assert.notEqual(after, before);
  assert.equal(after.get("a"), a);
  assert.deepEqual(after.get("b"), { x: 3 });
});

test("another order, one more and one less are changes", () => {
  const before = new Map([
    ["a", { x: 1 }],
    ["b", { x: 2 }],
  ]);
  assert.notEqual(sameMap(before, new Map([...before].toReversed())), before);
  assert.notEqual(sameMap(before, new Map([...before].slice(1))), before);
  assert.notEqual(sameMap(before, new Map([...before, ["c", { x: 3 }]])), before);
});
