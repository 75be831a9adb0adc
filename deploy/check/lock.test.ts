import assert from "node:assert/strict";
import { test } from "node:test";
import { missingOptional } from "./lock.ts";

test("packages of other platforms are added with the platform their name says", () => {
  const optionalDependencies = {
    "@a/cli-linux-x64": "1.0.0",
    "@a/cli-linux-arm64-musl": "1.0.0",
    "a-win32-ia32": "2.0.0",
  };
  const packages = {
    "node_modules/a": { optionalDependencies },
    "node_modules/@a/cli-linux-x64": { version: "1.0.0" },
  };
  assert.deepEqual(missingOptional({ packages }), {
    "node_modules/@a/cli-linux-arm64-musl": {
      version: "1.0.0",
      optional: true,
      os: ["linux"],
      cpu: ["arm64"],
      libc: ["musl"],
    },
    "node_modules/a-win32-ia32": { version: "2.0.0", optional: true, os: ["win32"], cpu: ["ia32"] },
  });
});

test("two versions of one optional package stand side by side", () => {
  const of = (version: string) => ({ optionalDependencies: { "b-darwin-x64": version } });
  const packages = { "node_modules/a": of("1.0.0"), "node_modules/c": of("2.0.0") };
  assert.deepEqual(Object.keys(missingOptional({ packages })), [
    "node_modules/b-darwin-x64",
    "node_modules/c/node_modules/b-darwin-x64",
  ]);
});

test("a package that is there, beside or inside its user, is not added", () => {
  const packages = {
    "": { optionalDependencies: { top: "1.0.0" } },
    "node_modules/top": { version: "1.0.0" },
    "node_modules/a": { optionalDependencies: { inner: "1.0.0" } },
    "node_modules/a/node_modules/inner": { version: "1.0.0" },
  };
  assert.deepEqual(missingOptional({ packages }), {});
});
