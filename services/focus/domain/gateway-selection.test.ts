import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseGateway, type GatewayView } from "./gateway-selection.ts";

function aGateway(id: string, changes: Partial<GatewayView> = {}): GatewayView {
  const state = { region: "", healthy: true, draining: false, calls: 0, maxCalls: 40, dialsOut: true };
  return { id, instance: `${id}-1`, ...state, ...changes };
}

const choose = (gateways: readonly GatewayView[], regions: readonly string[] = [], exclude: readonly string[] = []) =>
  chooseGateway(gateways, new Set(regions), new Set(exclude))?.id;

test("the gateway with the fewest calls dials, of equals the first by its id", () => {
  assert.equal(choose([aGateway("a", { calls: 3 }), aGateway("b", { calls: 1 }), aGateway("c", { calls: 2 })]), "b");
  assert.equal(choose([aGateway("b"), aGateway("a")]), "a");
});

test("one of the conference's region before any other, also with more calls", () => {
  const gateways = [aGateway("a", { region: "east" }), aGateway("b", { region: "west", calls: 9 })];
  assert.equal(choose(gateways, ["west"]), "b");
  assert.equal(choose(gateways, ["north"]), "a");
  assert.equal(choose([aGateway("a")], [""]), "a", "no region is none");
});

test("one that is unwell, going away, full, without a trunk or tried already is not asked", () => {
  for (const changes of [{ healthy: false }, { draining: true }, { calls: 40 }, { dialsOut: false }])
    assert.equal(choose([aGateway("a", changes)]), undefined, JSON.stringify(changes));
  assert.equal(choose([aGateway("a"), aGateway("b")], [], ["a"]), "b");
  assert.equal(choose([aGateway("a", { calls: 500, maxCalls: 0 })]), "a", "0: no limit was said");
});
