import assert from "node:assert/strict";
import { test } from "node:test";
import { layoutTiles, type Rect } from "./layout.ts";

const area = { width: 1000, height: 600 };
const keys = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`);
const overlap = (a: Rect, b: Rect) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

test("tiles neither overlap nor leave the canvas, alike or with one large", () => {
  for (const stage of [undefined, "t0"]) {
    for (const size of [area, { width: 390, height: 700 }]) {
      for (let count = 1; count < 30; count++) {
        const { rects, canvas } = layoutTiles(keys(count), stage, size, 8);
        const all = [...rects.values()];
        assert.equal(all.length, count);
        for (const [index, rect] of all.entries()) {
          assert.ok(
            rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= canvas.width && rect.y + rect.height <= canvas.height,
            `${count} ${stage}`,
          );
          for (const other of all.slice(index + 1)) assert.equal(overlap(rect, other), false);
        }
      }
    }
  }
});

test("a short last row stands in the middle", () => {
  const { rects } = layoutTiles(keys(3), undefined, area, 8);
  const last = rects.get("t2");
  assert.ok(last && Math.abs(last.x + last.width / 2 - area.width / 2) <= 1);
});

test("the large tile takes what the others leave", () => {
  const { rects } = layoutTiles(keys(3), "t1", area, 8);
  assert.deepEqual(rects.get("t1"), { x: 0, y: 0, width: 792, height: 600 });
  assert.equal(rects.get("t0")?.width, 200);
});

test("someone alone fills the stage", () => {
  assert.deepEqual(layoutTiles(["t0"], "t0", area, 8).rects.get("t0"), { x: 0, y: 0, width: 1000, height: 600 });
});
