import assert from "node:assert/strict";
import { test } from "node:test";
import { aBridge } from "../../testing/play.ts";
import type { BridgeUse } from "./bridge.ts";
import { leastStressed } from "./least-stressed.ts";
import { chooseSingle } from "./single.ts";

const limit = 0.8;

test("the least stressed is chosen of those that are healthy, not draining and below the limit", () => {
  const bridges = [
    aBridge("unwell", { healthy: false }),
    aBridge("draining", { draining: true }),
    aBridge("busy", { stress: 0.5 }),
    aBridge("calm", { stress: 0.2 }),
    aBridge("full", { stress: 0.8 }),
  ];
  assert.equal(leastStressed(bridges, limit)?.id, "calm");
  assert.equal(leastStressed([aBridge("full", { stress: 0.8 })], limit), undefined);
});

test("a conference keeps its bridge though it drains or is full, and leaves it unwell or lost", () => {
  const use: BridgeUse = { id: "own", instance: "own-1", region: "", isLost: false, lostReason: "", isTold: true };
  const other = aBridge("other", { stress: 0.9 });
  assert.equal(chooseSingle(use, [aBridge("own", { draining: true, stress: 0.9 }), other], limit)?.id, "own");
  assert.equal(chooseSingle(use, [aBridge("own", { healthy: false }), other], limit)?.id, "other");
  assert.equal(
    chooseSingle({ ...use, isLost: true }, [aBridge("own"), other], limit)?.id,
    "own",
    "another process of it",
  );
  assert.equal(chooseSingle({ ...use, isLost: true }, [other], limit)?.id, "other", "crowded is better than none");
  assert.equal(chooseSingle(undefined, [other], limit), undefined, "a new conference waits");
});
