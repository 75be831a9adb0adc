import assert from "node:assert/strict";
import { test } from "node:test";
import { effect, signal } from "@preact/signals-core";
import { MAX_NOTICES, Notices } from "./notices.ts";

test("who tells of something while following it is not told of the notice in turn", () => {
  const notices = new Notices();
  const problem = signal("");
  let runs = 0;
  const stop = effect(() => {
    runs++;
    if (problem.value) notices.show("notify.micFailed", { stays: true });
  });
  problem.value = "missing";
  stop();
  assert.equal(runs, 2);
  assert.equal(notices.list.value.length, 1);
});

test("a later notice of a group takes the earlier one's place, and there are never more than fit", () => {
  const notices = new Notices();
  for (const group of ["a", "a", "b", "c", "d", "e", "f"]) notices.show("notify.micFailed", { group, stays: true });
  assert.deepEqual(
    notices.list.value.map(({ group }) => group),
    ["b", "c", "d", "e", "f"],
  );
  assert.equal(notices.list.value.length, MAX_NOTICES);
});
