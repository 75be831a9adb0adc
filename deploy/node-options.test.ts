import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nodeOptions } from "./node-options.ts";

const dockerfile = readFileSync(join(import.meta.dirname, "images", "Dockerfile"), "utf8");

/** What a target of the Dockerfile gives Node, by itself or by the one it is made from. */
function optionsOfImage(target: string): string | undefined {
  const stage = new RegExp(`^FROM (\\S+) AS ${target}\\n([^]*?)(?=^FROM |(?![^]))`, "m").exec(dockerfile);
  const [, base = "", recipe = ""] = stage ?? [];
  return /\bNODE_OPTIONS=(\S+)/.exec(recipe)?.[1] ?? (stage ? optionsOfImage(base) : undefined);
}

test("images start Node as a local stack and the benchmarks do", () => {
  for (const role of ["xmpp", "focus", "videobridge", "web"]) {
    assert.equal(optionsOfImage(role), nodeOptions(role), role);
  }
});
