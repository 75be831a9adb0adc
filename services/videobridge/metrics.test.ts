import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Metrics } from "@veche/kit/metrics.ts";
import { createBridgeMetrics } from "./metrics.ts";

test("the README names every metric of this role", async () => {
  const metrics = new Metrics("videobridge");
  createBridgeMetrics(metrics);
  const readme = readFileSync(new URL("./README.md", import.meta.url), "utf8").replaceAll(/ +/g, " ");
  for (const { name, type, help } of await metrics.list())
    assert.ok(
      readme.includes(`| \`${name}\` | ${type} | ${help} |`),
      `README.md lacks ${name}: | \`${name}\` | ${type} | ${help} |`,
    );
});
