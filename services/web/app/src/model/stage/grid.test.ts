import assert from "node:assert/strict";
import { test } from "node:test";
import { bestGrid } from "./grid.ts";

const wide = { width: 1264, height: 700 };
const phone = { width: 374, height: 700 };

test("on a wide page people sit side by side, on a phone one above the other", () => {
  assert.equal(bestGrid(2, wide, 8).columns, 2);
  assert.equal(bestGrid(2, phone, 8).columns, 1);
  assert.equal(bestGrid(4, wide, 8).columns, 2);
  assert.equal(bestGrid(6, phone, 8).columns, 2);
  assert.equal(bestGrid(9, wide, 8).columns, 3);
  assert.equal(bestGrid(25, wide, 8).columns, 5);
});

test("tiles never leave the area while they are big enough to see", () => {
  for (let count = 1; count <= 40; count++) {
    const { columns, tileWidth, tileHeight } = bestGrid(count, wide, 8);
    assert.ok(columns * tileWidth + (columns - 1) * 8 <= wide.width, `${count}`);
    assert.ok(Math.ceil(count / columns) * (tileHeight + 8) - 8 <= wide.height, `${count}`);
  }
});

test("a crowd on a phone scrolls instead of shrinking to nothing", () => {
  const { columns, tileWidth } = bestGrid(60, phone, 8);
  assert.equal(columns, 3);
  assert.ok(tileWidth >= 112);
});

test("an area that is not there yet gives no negative sizes", () => {
  const { tileWidth, tileHeight } = bestGrid(3, { width: 0, height: 0 }, 8);
  assert.ok(tileWidth >= 0 && tileHeight >= 0);
});
