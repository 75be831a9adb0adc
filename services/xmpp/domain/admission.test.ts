import assert from "node:assert/strict";
import { test } from "node:test";
import { Admission } from "./admission.ts";

const limits = { perAddress: 2, inAll: 3, settledAfterMs: 3_000, waitingPerAddress: 2 };
const school = "198.51.100.1";

test("over the limit of an address one waits, and is let in when a place is free", () => {
  const admission = new Admission(limits);
  assert.deepEqual(admission.arrive(1, school, 0).admit, [1]);
  assert.deepEqual(admission.arrive(2, school, 0).admit, [2]);
  assert.deepEqual(admission.arrive(3, school, 0), { admit: [], evict: [], refuse: [] });
  assert.deepEqual(admission.release(1, 10), { admit: [3], evict: [], refuse: [] });
});

test("others are not kept waiting by a busy address", () => {
  const admission = new Admission(limits);
  for (const id of [1, 2, 3]) admission.arrive(id, school, 0);
  assert.deepEqual(admission.arrive(4, "203.0.113.9", 0).admit, [4]);
});

test("somebody who sits on a place without signing in loses it to somebody who waits", () => {
  const admission = new Admission(limits);
  for (const id of [1, 2, 3]) admission.arrive(id, school, 0);
  assert.deepEqual(admission.tick(2_999), { admit: [], evict: [], refuse: [] });
  assert.deepEqual(admission.tick(3_000), { admit: [3], evict: [1], refuse: [] });
  assert.equal(admission.waiting, 0);
});

test("when everything is full, the longest idle of anybody makes room", () => {
  const admission = new Admission(limits);
  admission.arrive(1, "a", 0);
  admission.arrive(2, "b", 1);
  admission.arrive(3, "c", 2);
  admission.arrive(4, "d", 3);
  assert.deepEqual(admission.tick(3_000).evict, [1]);
});

test("who would have to wait behind too many is refused", () => {
  const admission = new Admission(limits);
  for (const id of [1, 2, 3, 4]) admission.arrive(id, school, 0);
  assert.deepEqual(admission.arrive(5, school, 0).refuse, [5]);
});

test("who gives up waiting takes no place", () => {
  const admission = new Admission(limits);
  for (const id of [1, 2, 3]) admission.arrive(id, school, 0);
  admission.release(3, 1);
  assert.deepEqual(admission.release(1, 2).admit, []);
  assert.equal(admission.placed, 1);
});
