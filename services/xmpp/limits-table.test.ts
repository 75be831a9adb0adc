/** The README's table of limits says what the server does. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Rate } from "./domain/token-bucket.ts";
import { defaultLimits } from "./limits.ts";

/** Bounds that a setting says instead, or that only keep memory in order and that nobody meets. */
const unsaid = new Set([
  "http.keepAliveMs",
  "bosh.answerCharacters",
  "bosh.skipAheadMs",
  "roomNameBytes",
  "roomsPerAddress",
  "tokens.leewayMs",
]);

const text = readFileSync(new URL("./README.md", import.meta.url), "utf8");
const table = /## Limits\n([\s\S]*?)\n## /.exec(text)?.[1] ?? "";
const figures = table.replaceAll("one in 5 s", "5 s").replaceAll("for a day at most", "86,400 s");

const isRate = (value: object): value is Rate => "perSecond" in value && "burst" in value;
const written = (value: number) => value.toLocaleString("en");

/** The ways in which the table may say it. */
function waysOf(name: string, value: number | Rate): readonly string[] {
  if (typeof value !== "number")
    return [
      `${value.perSecond}/s, burst ${written(value.burst)}`,
      `${value.perSecond}/s`,
      `${value.perSecond / 1_000} kB/s, burst ${value.burst / 1_000} kB`,
    ];
  if (name.endsWith("Ms"))
    return [
      `${value} ms`,
      `${value} to`,
      `${written(value / 1_000)} s`,
      `${value / 1_000} s`,
      `${value / 60_000} minutes`,
      `${value} ms for each`,
    ];
  return [written(value), `${value / 1_024} KiB`, `${value / 1_024 / 1_024} MiB`];
}

function leavesOf(limits: object, path = ""): readonly (readonly [string, number | Rate])[] {
  return Object.entries(limits).flatMap(([key, value]: [string, unknown]) => {
    const name = path === "" ? key : `${path}.${key}`;
    if (typeof value === "number") return [[name, value] as const];
    assert.ok(typeof value === "object" && value !== null, name);
    return isRate(value) ? [[name, value] as const] : leavesOf(value, name);
  });
}

test("each limit is in the README's table with its value", () => {
  const missing = leavesOf(defaultLimits)
    .filter(([name]) => !unsaid.has(name))
    .filter(
      ([name, value]) =>
        !waysOf(name, value).some((way) =>
          new RegExp(`(?<![\\d,.])${way.replaceAll(".", "\\.")}(?![\\d])`).test(figures),
        ),
    );
  assert.deepEqual(missing, []);
});
