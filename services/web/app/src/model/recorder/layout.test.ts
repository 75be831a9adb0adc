import assert from "node:assert/strict";
import { test } from "node:test";
import { LAYOUTS, type RecordingLayout } from "../../protocol/conference/recording.ts";
import { arrange, type Cast, MAX_GRID } from "./layout.ts";

const picture = { width: 1280, height: 720 };
const named = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);
const cast = (count: number, more: Partial<Cast> = {}): Cast => ({
  screens: [],
  people: named(count),
  speaker: undefined,
  ...more,
});
const boxesOf = (layout: RecordingLayout, given: Cast, area = picture) => arrange(layout, given, area);

function assertSound(layout: RecordingLayout, given: Cast, area = picture): void {
  const { bar, boxes } = arrange(layout, given, area);
  const all = [...boxes];
  for (const [key, { x, y, width, height }] of all) {
    const where = `${layout} ${given.people.length} ${key}: ${[x, y, width, height].join()}`;
    assert.ok(width > 0 && height > 0, where);
    assert.ok(x >= 0 && y >= bar.height && x + width <= area.width && y + height <= area.height, where);
    for (const [other, rect] of all) {
      if (other === key) continue;
      const isApart =
        x + width <= rect.x || rect.x + rect.width <= x || y + height <= rect.y || rect.y + rect.height <= y;
      assert.ok(isApart, `${where} covers ${other}`);
    }
  }
}

test("whatever the layout and however many: all within the picture, below the bar, none over another", () => {
  for (const area of [
    picture,
    { width: 1920, height: 1080 },
    { width: 640, height: 360 },
    { width: 720, height: 1280 },
  ])
    for (const layout of LAYOUTS)
      for (const screens of [[], ["s1"], ["s1", "s2"]])
        for (let count = 0; count <= 30; count++) assertSound(layout, cast(count, { screens, speaker: "p1" }), area);
});

test("speaker: who speaks is large, the others stand in a strip beside, as many as it holds", () => {
  const { large, boxes } = boxesOf("speaker", cast(3, { speaker: "p1" }));
  assert.equal(large, "p1");
  assert.deepEqual([...boxes.keys()], ["p1", "p0", "p2"]);
  assert.ok((boxes.get("p1")?.width ?? 0) > 1000);
  for (const key of ["p0", "p2"]) assert.ok((boxes.get(key)?.x ?? 0) > 1060, key);
  assert.equal(boxesOf("speaker", cast(30)).boxes.size, 6);
});

test("speaker: one alone has the whole picture; before anybody speaks the first is large", () => {
  assert.deepEqual(boxesOf("speaker", cast(1)).boxes.get("p0"), { x: 0, y: 28, width: 1280, height: 692 });
  assert.equal(boxesOf("speaker", cast(2)).large, "p0");
  assert.equal(boxesOf("speaker", cast(2, { speaker: "gone" })).large, "p0");
  assert.equal(boxesOf("speaker", cast(0)).boxes.size, 0);
});

test("speaker: a shared screen is what people look at, so it is large", () => {
  const { large, boxes } = boxesOf("speaker", cast(3, { screens: ["s1", "s2"], speaker: "p1" }));
  assert.equal(large, "s2");
  assert.deepEqual([...boxes.keys()], ["s2", "s1", "p0", "p1", "p2"]);
});

test("grid: all alike, twenty-five at most", () => {
  const { large, boxes } = boxesOf("grid", cast(3));
  assert.equal(large, undefined);
  assert.equal(new Set([...boxes.values()].map(({ width, height }) => `${width}x${height}`)).size, 1);
  assert.equal(boxesOf("grid", cast(30)).boxes.size, MAX_GRID);
  assert.ok(boxesOf("grid", cast(30, { screens: ["s1"] })).boxes.has("s1"));
});

test("screen: larger than beside all people, with the first three of them", () => {
  const shared = cast(9, { screens: ["s1"] });
  const { large, boxes } = boxesOf("screen", shared);
  assert.equal(large, "s1");
  assert.deepEqual([...boxes.keys()], ["s1", "p0", "p1", "p2"]);
  assert.ok((boxes.get("s1")?.width ?? 0) > (boxesOf("speaker", shared).boxes.get("s1")?.width ?? 0));
  assert.deepEqual(boxesOf("screen", cast(4)), boxesOf("speaker", cast(4)));
});
