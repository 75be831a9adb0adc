import assert from "node:assert/strict";
import { test } from "node:test";
import { browserFlags } from "./flags.ts";

const around = { width: 1280, height: 720, isRoot: false, sharedMemoryBytes: 2 ** 34, origin: "http://localhost:8000" };
const has = (flags: readonly string[], start: string) => flags.some((flag) => flag.startsWith(start));

test("the sandbox is left out for root only", () => {
  assert.ok(!has(browserFlags(around), "--no-sandbox"));
  assert.ok(has(browserFlags({ ...around, isRoot: true }), "--no-sandbox"));
});

test("a container's 64 MiB of shared memory are not used", () => {
  assert.ok(!has(browserFlags(around), "--disable-dev-shm-usage"));
  assert.ok(has(browserFlags({ ...around, sharedMemoryBytes: 2 ** 26 }), "--disable-dev-shm-usage"));
});

test("plain HTTP is trusted from the web role's origin alone, and only where it must be", () => {
  const flag = "--unsafely-treat-insecure-origin-as-secure=";
  for (const origin of ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000", "https://meet.example"])
    assert.ok(!has(browserFlags({ ...around, origin }), flag), origin);
  assert.ok(browserFlags({ ...around, origin: "http://web:8000/" }).includes(`${flag}http://web:8000`));
  assert.ok(has(browserFlags({ ...around, origin: "http://127.evil.example" }), flag));
});

test("certificates are trusted by one key at most", () => {
  assert.ok(!has(browserFlags(around), "--ignore-certificate"));
  assert.ok(browserFlags({ ...around, trustedKey: "AbC=" }).includes("--ignore-certificate-errors-spki-list=AbC="));
});
