import assert from "node:assert/strict";
import { test } from "node:test";
import { BoshWindow } from "./bosh-window.ts";

const window = () => new BoshWindow<string>(100, 2);

test("requests in order are due at once", () => {
  const requests = window();
  assert.deepEqual(requests.arrive(101, "a"), { type: "process", due: ["a"] });
  assert.deepEqual(requests.arrive(102, "b"), { type: "process", due: ["b"] });
});

test("one that comes early waits for the one before it", () => {
  const requests = window();
  assert.deepEqual(requests.arrive(102, "b"), { type: "early" });
  assert.deepEqual(requests.arrive(101, "a"), { type: "process", due: ["a", "b"] });
  assert.equal(requests.rid, 102);
});

test("beyond the window is refused", () => {
  assert.deepEqual(window().arrive(103, "c"), { type: "refused" });
});

test("an answered request is answered the same again, as long as it is remembered", () => {
  const requests = window();
  for (const rid of [101, 102, 103]) {
    requests.arrive(rid, "x");
    requests.answer({ rid, body: `<${rid}/>` });
  }
  assert.deepEqual(requests.arrive(103, "x"), { type: "replay", body: "<103/>" });
  assert.deepEqual(requests.arrive(102, "x"), { type: "replay", body: "<102/>" });
  assert.deepEqual(requests.arrive(101, "x"), { type: "refused" });
});

test("an open request that comes again is known, whether due or early", () => {
  const requests = window();
  requests.arrive(101, "a");
  assert.deepEqual(requests.arrive(101, "a"), { type: "repeated" });
  requests.answer({ rid: 101, body: "" });
  requests.arrive(103, "c");
  assert.deepEqual(requests.arrive(103, "c"), { type: "repeated" });
});

test("after a restart a held request that comes again is owed its answer, not worked on again", () => {
  const restored = new BoshWindow<string>(100, 2, { answers: [{ rid: 99, body: "<99/>" }] });
  assert.deepEqual(restored.arrive(100, "x"), { type: "repeated" });
  assert.deepEqual(restored.arrive(99, "x"), { type: "replay", body: "<99/>" });
});

test("after a restart a client further on than the record is let in, once it is clear that nothing comes before", () => {
  const restored = new BoshWindow<string>(100, 2, { answers: [] });
  assert.deepEqual(restored.arrive(140, "n"), { type: "early" });
  assert.equal(restored.isRestored, true);
  assert.deepEqual(restored.skipToEarliest(), ["n"]);
  assert.equal(restored.isRestored, false);
  assert.equal(restored.rid, 140);
  assert.deepEqual(restored.arrive(143, "x"), { type: "refused" });
});
