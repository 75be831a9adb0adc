import assert from "node:assert/strict";
import { test } from "node:test";
import { idle, limits, MiB, well } from "../testing/figures.ts";
import { refusalOf, withJob } from "./admission.ts";

const composite = { kind: "composite", needsDisk: true } as const;
const tracks = { kind: "tracks", needsDisk: true } as const;

test("an idle recorder takes composites until their number is reached, and tracks besides", () => {
  assert.equal(refusalOf(composite, idle, limits, well), undefined);
  const two = { ...idle, composites: 2 };
  assert.equal(refusalOf(composite, two, limits, well), "count");
  assert.equal(refusalOf(tracks, two, limits, well), undefined);
  assert.equal(refusalOf(tracks, { ...idle, tracks: 50 }, limits, well), "count");
});

test("who ends, is broken or has no account says so", () => {
  assert.equal(refusalOf(composite, idle, limits, { ...well, isDraining: true }), "draining");
  assert.equal(refusalOf(tracks, idle, limits, { ...well, isHealthy: false }), "unhealthy");
  assert.equal(refusalOf(composite, idle, limits, { ...well, hasAccount: false }), "no-account");
  assert.equal(refusalOf(tracks, idle, limits, { ...well, hasAccount: false }), undefined);
});

test("a composite that has just begun is reckoned with before it can be measured", () => {
  const young = withJob({ ...idle, cpuFraction: 0.55 }, "composite");
  assert.equal(refusalOf(composite, young, limits, well), "cpu");
  assert.equal(refusalOf(composite, { ...young, settlingComposites: 0 }, limits, well), undefined);
  const tight = withJob({ ...idle, freeMemoryBytes: 1_300 * MiB }, "composite");
  assert.equal(refusalOf(composite, tight, limits, well), "memory");
  assert.equal(refusalOf(tracks, tight, limits, well), undefined);
});

test("with a limit of 1 the CPU holds nothing back", () => {
  assert.equal(refusalOf(composite, { ...idle, cpuFraction: 1 }, limits, well), "cpu");
  assert.equal(refusalOf(composite, { ...idle, cpuFraction: 1 }, { ...limits, maxCpuFraction: 1 }, well), undefined);
});

test("a full disk keeps files away, not streams", () => {
  const full = { ...idle, freeDiskBytes: limits.diskReserveBytes + 100 * MiB };
  assert.equal(refusalOf(composite, full, limits, well), "disk");
  assert.equal(refusalOf({ ...composite, needsDisk: false }, full, limits, well), undefined);
});
