import assert from "node:assert/strict";
import { test } from "node:test";
import { idle, limits, well } from "../testing/figures.ts";
import { decideClaims, type SeenJob, type SeenState, type View } from "./claims.ts";

const me = { recorder: "r1", instance: "new" };
const now = 100_000;

const job = (name: string, more: Partial<SeenJob> = {}): SeenJob => ({
  job: name,
  kind: "composite",
  createdMs: 1,
  heardMs: now,
  isWanted: true,
  needsDisk: true,
  ...more,
});
const state = (more: Partial<SeenState> = {}): SeenState => ({
  recorder: "r2",
  instance: "theirs",
  finished: false,
  attempt: 3,
  revision: 7,
  heardMs: now,
  isFromBefore: false,
  ...more,
});
const decide = (jobs: readonly SeenJob[], states: Record<string, SeenState> = {}, more: Partial<View> = {}, at = now) =>
  decideClaims(
    { jobs, states: new Map(Object.entries(states)), held: new Set(), load: idle, limits, standing: well, ...more },
    me,
    at,
  );
const take = (name: string) => ({ type: "take", job: name });
const takeOver = { type: "take-over", job: "a", revision: 7, attempt: 3 };

test("the oldest are taken while there is room; another kind isn't held up", () => {
  const jobs = [
    job("young", { createdMs: 4 }),
    job("b", { createdMs: 2 }),
    job("a", { createdMs: 2 }),
    job("tracks", { createdMs: 5, kind: "tracks" }),
  ];
  // One is taken at once; who has work already leaves the next for a moment to others.
  assert.deepEqual(decide(jobs), [take("a")]);
  assert.deepEqual(decide(jobs, {}, {}, now + 1_000), [take("a"), take("b"), take("tracks")]);
});

test("a busy recorder leaves a job to others for a moment, and takes it then", () => {
  const busy = { load: { ...idle, composites: 1 } };
  assert.deepEqual(decide([job("a")], {}, busy), []);
  assert.deepEqual(decide([job("a")], {}, busy, now + 300), [take("a")]);
});

test("what is renewed is left alone, and taken over when it was not renewed for three seconds", () => {
  assert.deepEqual(decide([job("a")], { a: state() }, {}, now + 2_999), []);
  assert.deepEqual(decide([job("a")], { a: state() }, {}, now + 3_000), [takeOver]);
  assert.deepEqual(decide([job("a")], { a: state() }, { standing: { ...well, isDraining: true } }, now + 3_000), []);
});

test("its own of before is taken back at once, with or without room", () => {
  const own = { a: state({ recorder: "r1", instance: "old", isFromBefore: true }) };
  const full = { load: { ...idle, composites: 2 } };
  assert.deepEqual(decide([job("a")], own, full), [takeOver]);
  assert.deepEqual(decide([job("a")], own, { standing: { ...well, isDraining: true } }), []);
});

test("another process under the same name is another recorder", () => {
  const twin = { a: state({ recorder: "r1", instance: "twin" }) };
  assert.deepEqual(decide([job("a")], twin), []);
  assert.deepEqual(decide([job("a")], twin, {}, now + 3_000), [takeOver]);
});

test("what was given up is taken at once", () => {
  assert.deepEqual(decide([job("a")], { a: state({ recorder: "", instance: "" }) }), [takeOver]);
});

test("what is finished, held, or not wanted any more is not taken", () => {
  assert.deepEqual(decide([job("a")], { a: state({ finished: true }) }, {}, now + 60_000), []);
  assert.deepEqual(decide([job("a")], {}, { held: new Set(["a"]) }), []);
  assert.deepEqual(decide([job("a", { isWanted: false })]), []);
});

test("what nobody wants and whose recorder is gone is said to be finished", () => {
  const over = [job("a", { isWanted: false })];
  assert.deepEqual(decide(over, { a: state() }, {}, now + 2_000), []);
  assert.deepEqual(decide(over, { a: state() }, {}, now + 3_000), [{ ...takeOver, type: "settle" }]);
});
