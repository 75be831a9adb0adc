import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../testing/random.ts";
import { describeWish, type KeptLayers, keepLayers, nextEnd, type Wanted } from "./wish.ts";

const none: KeptLayers = new Map();
const want = (height: number, layer?: number): Wanted => ({ height, layer });
const layers = (kept: KeptLayers) => [...kept.keys()].sort();

test("of what receivers want each layer crosses once, and the lowest with any other", () => {
  const wanted = [want(720, 2), want(720, 2), want(180, undefined)];
  const kept = keepLayers(none, wanted, 0);
  assert.deepEqual(describeWish(kept, wanted), { maxHeight: 720, layers: [0, 2] });
  assert.equal(nextEnd(kept), Number.POSITIVE_INFINITY);
});

test("a height alone, of a source that is muted or finds no room, has nothing cross", () => {
  assert.deepEqual(describeWish(keepLayers(none, [want(720)], 0), [want(720)]), { maxHeight: 720, layers: [] });
});

test("a layer nobody wants any more crosses five seconds longer, unless it is wanted again", () => {
  const first = keepLayers(none, [want(720, 2)], 0);
  const left = keepLayers(first, [want(180, 0)], 1_000);
  assert.deepEqual(layers(left), [0, 2]);
  assert.equal(nextEnd(left), 6_000);
  assert.deepEqual(layers(keepLayers(left, [want(180, 0)], 5_999)), [0, 2]);
  assert.deepEqual(layers(keepLayers(left, [want(180, 0)], 6_000)), [0]);
  assert.equal(nextEnd(keepLayers(left, [want(720, 2)], 5_999)), Number.POSITIVE_INFINITY);
});

test("for any wishes: what is wanted crosses, and what was not for five seconds does not", () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const random = new Random(seed);
    const lastWanted = new Map<number, number>();
    let kept = none;
    let now = 0;
    for (let step = 0; step < 20; step += 1) {
      const wanted = [0, 1, 2].filter(() => random.chance(0.4)).map((layer) => want(180, layer));
      kept = keepLayers(kept, wanted, now);
      for (const { layer } of wanted) {
        assert.ok(kept.has(layer as number), `seed ${seed}`);
        lastWanted.set(layer as number, now).set(0, now);
      }
      for (const layer of kept.keys()) assert.ok(lastWanted.has(layer), `seed ${seed}`);
      now += random.below(8_000);
      const quiet = keepLayers(keepLayers(kept, [], now), [], now + 5_000);
      assert.equal(quiet.size, 0, `seed ${seed}`);
    }
  }
});
