import assert from "node:assert/strict";
import { test } from "node:test";
import type { Area } from "./grid.ts";
import { alike, inStrip, onStage, pageCapacity, type Rect, STRIP_SHARE, stageFrame, stripOf } from "./layout.ts";

/** Phones upright and across, laptops with and without a panel, a projector, 4K. */
const AREAS: readonly Area[] = [
  { width: 344, height: 520 },
  { width: 374, height: 740 },
  { width: 570, height: 348 },
  { width: 770, height: 378 },
  { width: 916, height: 660 },
  { width: 1264, height: 690 },
  { width: 1904, height: 970 },
  { width: 3824, height: 2050 },
];
/** Of the page: what is left is between the tiles, or would crop faces away. */
const LEAST_USE = 0.55;
const USUAL_USE = 0.8;

const keys = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`);
const frame = ({ width, height }: Area): Rect => ({ x: 0, y: 0, width, height });

function assertApart(rects: Iterable<Rect>, within: Rect, what: string): void {
  const all = [...rects];
  for (const [index, rect] of all.entries()) {
    assert.ok(rect.width > 0 && rect.height > 0, `${what}: nothing to see`);
    assert.ok(rect.x >= within.x && rect.y >= within.y, `${what}: before the start`);
    assert.ok(rect.x + rect.width <= within.x + within.width, `${what}: too wide`);
    assert.ok(rect.y + rect.height <= within.y + within.height, `${what}: too tall`);
    for (const other of all.slice(index + 1)) {
      const isApart =
        rect.x >= other.x + other.width ||
        other.x >= rect.x + rect.width ||
        rect.y >= other.y + other.height ||
        other.y >= rect.y + rect.height;
      assert.ok(isApart, `${what}: ${JSON.stringify([rect, other])}`);
    }
  }
}

test("tiles alike neither overlap nor leave the page, have one size and a shape a face fits in, and use the page", () => {
  const uses: number[] = [];
  for (const area of AREAS) {
    for (let count = 1; count <= pageCapacity(area); count++) {
      const what = `${count} on ${area.width}×${area.height}`;
      const rects = [...alike(keys(count), frame(area)).values()];
      assert.equal(rects.length, count);
      assertApart(rects, frame(area), what);
      const sizes = new Set(rects.map(({ width, height }) => `${width}×${height}`));
      assert.equal(sizes.size, 1, what);
      const [{ width, height } = { width: 1, height: 0 }] = rects;
      assert.ok(width / height <= 16 / 9 + 0.02 && width / height >= 4 / 5 - 0.02, `${what}: ${width}×${height}`);
      const use = (count * width * height) / (area.width * area.height);
      uses.push(use);
      assert.ok(use >= LEAST_USE, `${what}: ${use}`);
    }
  }
  assert.ok(uses.reduce((sum, use) => sum + use, 0) / uses.length >= USUAL_USE);
});

test("a short last row stands in the middle", () => {
  const last = alike(keys(3), frame({ width: 1000, height: 600 })).get("t2");
  assert.ok(last && Math.abs(last.x + last.width / 2 - 500) <= 1);
});

test("the filmstrip keeps clear of the stage, and holds as many as it says", () => {
  for (const area of AREAS) {
    for (const share of [STRIP_SHARE.least, STRIP_SHARE.usual, 0.3, STRIP_SHARE.most]) {
      for (let count = 1; count <= 49; count += 3) {
        const what = `${count} beside the stage of ${area.width}×${area.height} at ${share}`;
        const strip = stripOf(area, share, count);
        const shown = Math.min(count, strip.capacity);
        assert.ok(shown >= 1, what);
        const stage = onStage(["large"], stageFrame(area, strip));
        assertApart([...stage.values(), ...inStrip(keys(shown), strip).values()], frame(area), what);
      }
    }
  }
});

test("the filmstrip is at the side of a wide page and at the foot of a tall one", () => {
  assert.equal(stripOf({ width: 1264, height: 690 }, STRIP_SHARE.usual, 4).side, "end");
  assert.equal(stripOf({ width: 374, height: 740 }, STRIP_SHARE.usual, 4).side, "bottom");
});

test("a wider filmstrip shows more people abreast", () => {
  assert.equal(stripOf({ width: 1264, height: 690 }, STRIP_SHARE.usual, 9).lanes, 1);
  assert.ok(stripOf({ width: 1264, height: 690 }, 0.45, 9).lanes > 1);
});

test("who is large alone has the whole stage, several share it", () => {
  const whole = { x: 0, y: 0, width: 900, height: 600 };
  assert.deepEqual(onStage(["a"], whole).get("a"), whole);
  assertApart(onStage(["a", "b", "c"], whole).values(), whole, "three on stage");
});
