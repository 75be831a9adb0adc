import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, type Run, table } from "./comparison.ts";

const run = (server: Run["server"], round: number, rate: number): Run => ({
  load: "room 50",
  server,
  round,
  figures: { rate },
});

test("ratios pair runs of the same round; a round without its pair counts for the median alone", () => {
  const runs = [
    run("veche", 1, 30),
    run("prosody", 1, 10),
    run("veche", 2, 40),
    run("prosody", 2, 20),
    run("veche", 3, 50),
  ];
  const [row] = compare(runs);
  assert.deepEqual(row?.medians, { veche: 40, prosody: 15 });
  assert.deepEqual(row?.ratios, { prosody: { median: 2.5, least: 2, most: 3 } });
  assert.match(table(compare(runs), ["veche", "prosody"]), /rate +40 +15 +2\.5 \(2–3\)/);
});

test("a figure that a run could not give is left out", () => {
  const [row] = compare([run("veche", 1, Number.NaN), run("prosody", 1, 10)]);
  assert.deepEqual(row?.medians, { prosody: 10 });
  assert.deepEqual(row?.ratios, {});
});

test("decibels are compared by who reads them: they have no ratio", () => {
  const runs = [run("veche", 1, 30), run("prosody", 1, 10)].map((one) => ({ ...one, figures: { echoDb: -60 } }));
  assert.deepEqual(compare(runs)[0]?.ratios, {});
});
