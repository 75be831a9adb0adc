import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aBridge } from "../../testing/play.ts";
import { seeded } from "../../testing/random.ts";
import type { BridgeView } from "./bridge.ts";
import { candidates } from "./candidates.ts";
import type { Question } from "./question.ts";
import { chooseByRegion } from "./region-based.ts";
import { chooseSingle } from "./single.ts";
import { chooseSplit } from "./split.ts";
import { strategies } from "./strategies.ts";

type Case = Partial<Omit<Question, "used">> & { readonly used?: Readonly<Record<string, number>> };

function question({ used = {}, ...rest }: Case): Question {
  return { region: "", bridges: [], stressLimit: 0.8, maxEndpoints: 80, ...rest, used: new Map(Object.entries(used)) };
}

const eu = (id: string, stress = 0) => aBridge(id, { region: "eu", stress });
const us = (id: string, stress = 0) => aBridge(id, { region: "us", stress });

describe("RegionBasedBridgeSelectionStrategy", () => {
  const table: readonly (readonly [string, string, Case])[] = [
    ["the least stressed for a conference without one", "b", { bridges: [us("a", 0.3), us("b", 0.1)] }],
    ["by name where nothing else decides", "a", { bridges: [us("b"), us("a")] }],
    ["one it is on before a calmer one", "a", { bridges: [us("a", 0.7), us("b", 0)], used: { a: 5 } }],
    ["a further one when its own is full", "b", { bridges: [us("a", 0.8), us("b", 0.2)], used: { a: 5 } }],
    ["a further one when its own has the most", "b", { bridges: [us("a"), us("b", 0.5)], used: { a: 80 } }],
    ["one near before one it is on", "b", { region: "eu", bridges: [us("a"), eu("b", 0.5)], used: { a: 5 } }],
    [
      "of those near, one it is on",
      "b",
      { region: "eu", bridges: [eu("a"), eu("b", 0.5), us("c")], used: { b: 2, c: 1 } },
    ],
    ["one far when those near are full", "a", { region: "eu", bridges: [us("a"), eu("b", 0.9)], used: { a: 5 } }],
    ["its own when all are full", "a", { bridges: [us("a", 0.95), us("b", 0.85)], used: { a: 80 } }],
    ["any for a region where there is none", "a", { region: "asia", bridges: [us("a"), eu("b")], used: { a: 1 } }],
  ];
  for (const [name, expected, given] of table) {
    test(name, () => assert.equal(chooseByRegion(question(given))?.id, expected));
  }
});

test("SplitBridgeSelectionStrategy spreads a conference evenly", () => {
  const bridges = [us("a"), us("b", 0.5), us("c", 0.9)];
  const used = new Map<string, number>();
  for (let count = 0; count < 10; count += 1) {
    const { id } = chooseSplit({ ...question({ bridges }), used }) ?? { id: "none" };
    used.set(id, (used.get(id) ?? 0) + 1);
  }
  assert.deepEqual([...used.values()].sort(), [3, 3, 4]);
});

test("SingleBridgeSelectionStrategy stays where the conference is, however full, and else takes the calmest", () => {
  const bridges = [us("a", 0.9), us("b", 0.2), us("c", 0.1)];
  assert.equal(chooseSingle(question({ bridges, used: { a: 100 } }))?.id, "a");
  assert.equal(chooseSingle(question({ bridges, used: { b: 1, a: 5 } }))?.id, "b", "the first it is on");
  assert.equal(chooseSingle(question({ bridges, used: { gone: 5 } }))?.id, "c");
  assert.equal(chooseSingle(question({ bridges: [us("a", 0.9)] }))?.id, "a", "crowded is better than none");
});

describe("who may be chosen", () => {
  const any = { version: "", avoid: "" };
  const ids = (views: readonly BridgeView[]) => views.map(({ id }) => id).join("");

  test("nobody unwell or draining, nor the one to be left", () => {
    const bridges = [aBridge("a", { healthy: false }), aBridge("b", { draining: true }), aBridge("c"), aBridge("d")];
    assert.equal(ids(candidates(bridges, new Map(), any)), "cd");
    assert.equal(ids(candidates(bridges, new Map(), { ...any, avoid: "c" })), "d");
  });

  test("a conference that is on a draining bridge goes on there where there is no other; no new one begins there", () => {
    const bridges = [aBridge("a", { draining: true }), aBridge("b", { draining: true })];
    assert.equal(ids(candidates(bridges, new Map([["b", 3]]), any)), "b");
    assert.equal(ids(candidates(bridges, new Map(), any)), "");
    assert.equal(ids(candidates([aBridge("a")], new Map([["a", 1]]), { ...any, avoid: "a" })), "a");
  });

  test("a conference that is pinned to a version is put on no other", () => {
    const bridges = [aBridge("a", { version: "1" }), aBridge("b", { version: "2" })];
    assert.equal(ids(candidates(bridges, new Map([["a", 3]]), { ...any, version: "2" })), "b");
    assert.equal(ids(candidates(bridges, new Map([["a", 3]]), { ...any, version: "3" })), "");
  });
});

test("whatever is asked: one of those offered is chosen where there is one, and the same one again", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = seeded(seed);
    const regions = ["", "eu", "us"];
    const bridges = ["a", "b", "c", "d"]
      .slice(0, random.below(5))
      .map((id) => aBridge(id, { region: random.pick(regions) ?? "", stress: random.next() }));
    const used = Object.fromEntries(["a", "b", "x"].slice(0, random.below(4)).map((id) => [id, random.below(100)]));
    const asked = question({ region: random.pick(regions) ?? "", bridges, used });
    for (const [name, choose] of Object.entries(strategies)) {
      const chosen = choose(asked);
      assert.equal(chosen !== undefined, bridges.length > 0, `seed ${seed}, ${name}`);
      assert.equal(
        choose({ ...asked, bridges: [...bridges].reverse() })?.id,
        chosen?.id,
        `seed ${seed}, ${name}: order`,
      );
      if (chosen) assert.ok(bridges.includes(chosen));
    }
    const chosen = chooseByRegion(asked);
    const isRoomy = ({ id, stress }: BridgeView) => stress < 0.8 && (asked.used.get(id) ?? 0) < 80;
    if (chosen && bridges.some(isRoomy)) assert.ok(isRoomy(chosen), `seed ${seed}: a full one although there is room`);
  }
});
