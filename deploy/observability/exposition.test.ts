import assert from "node:assert/strict";
import { test } from "node:test";
import { Metrics } from "@veche/kit/metrics.ts";
import { Exposition } from "./exposition.ts";

test("families of several processes stand together, each sample with whose it is", () => {
  const exposition = new Exposition();
  const text = (value: number) => `# HELP rooms Rooms that are open.\n# TYPE rooms gauge\nrooms ${value}\n`;
  exposition.addText(`${text(1)}# HELP b B.\n# TYPE b counter\nb{kind="x"} 2\n`, { role: "xmpp", host: "h1" });
  exposition.addText(text(3), { role: "xmpp", host: 'h"2\\' });
  assert.equal(
    exposition.toString(),
    [
      "# HELP rooms Rooms that are open.",
      "# TYPE rooms gauge",
      'rooms{role="xmpp",host="h1"} 1',
      'rooms{role="xmpp",host="h\\"2\\\\"} 3',
      "# HELP b B.",
      "# TYPE b counter",
      'b{role="xmpp",host="h1",kind="x"} 2',
      "",
    ].join("\n"),
  );
});

test("a histogram stays one family, and what is no metric is left out", async () => {
  const metrics = new Metrics("focus");
  metrics.histogram("wait_seconds", "Waiting.", [0.1, 1], ["subject"]).observe({ subject: "rpc.{x} y" }, 0.5);
  const exposition = new Exposition();
  for (const host of ["a", "b"]) exposition.addText(`${await metrics.text()}\nnonsense here {}\n`, { host });
  const lines = exposition.toString().trimEnd().split("\n");
  assert.equal(lines.filter((line) => line.startsWith("# TYPE")).length, 1);
  assert.equal(lines.length, 2 + 2 * 5);
  assert.ok(lines.includes('veche_focus_wait_seconds_bucket{host="b",le="1",subject="rpc.{x} y"} 1'));
  assert.ok(lines.includes('veche_focus_wait_seconds_sum{host="a",subject="rpc.{x} y"} 0.5'));
});

test("numbers that are none are written as the format has them", () => {
  const exposition = new Exposition();
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5])
    exposition.gauge("g", "G.", {}, value);
  assert.deepEqual(exposition.toString().trimEnd().split("\n").slice(2), ["g NaN", "g +Inf", "g -Inf", "g 0.5"]);
});
