import assert from "node:assert/strict";
import { test } from "node:test";
import { bestGrid, capacityOf, MAX_TILES, MIN_TILE } from "./grid.ts";

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

test("a wide page has room for forty-nine, a phone for as many as can be recognised", () => {
  assert.equal(capacityOf(wide, 8), MAX_TILES);
  assert.equal(capacityOf(phone, 8), 24);
  assert.equal(capacityOf({ width: 344, height: 480 }, 8), 15);
  assert.equal(capacityOf({ width: 0, height: 0 }, 8), 1);
});

test("as many as a page has room for are no smaller than they may be", () => {
  for (const width of [344, 374, 640, 844, 960, 1264, 1904, 3824]) {
    for (const height of [280, 480, 700, 1000, 2080]) {
      const { tileWidth, tileHeight } = bestGrid(capacityOf({ width, height }, 8), { width, height }, 8);
      assert.ok(tileWidth >= MIN_TILE.width * 0.8, `${width}×${height}: ${tileWidth}`);
      assert.ok(tileHeight >= MIN_TILE.height * 0.6, `${width}×${height}: ${tileHeight}`);
    }
  }
});

test("an area that is not there yet gives no negative sizes", () => {
  const { tileWidth, tileHeight } = bestGrid(3, { width: 0, height: 0 }, 8);
  assert.ok(tileWidth >= 0 && tileHeight >= 0);
});
