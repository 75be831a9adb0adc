import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import { somebody } from "../call/fake-context.ts";
import { CallState } from "../call/state.ts";
import { RecorderView } from "./view.ts";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

const camera = (id: string, more: Partial<Occupant> = {}) =>
  somebody(id, { sources: new Map([[`${id}-v0`, { muted: false, videoType: "camera" }]]), ...more });
const sharing = (id: string) =>
  camera(id, {
    sources: new Map([
      [`${id}-v0`, { muted: false, videoType: "camera" }],
      [`${id}-v1`, { muted: false, videoType: "desktop" }],
    ]),
  });

function filmed(...people: readonly Occupant[]) {
  const state = new CallState();
  const view = new RecorderView(state);
  view.area.value = { width: 1280, height: 720 };
  for (const each of people) state.setOccupant(each);
  return {
    state,
    view,
    shown: () => [...view.boxes.value.keys()],
    wanted: () => {
      mock.timers.tick(1000);
      return state.wanted.value.maxHeights;
    },
  };
}

test("neither hidden occupants nor those hidden from recorders are shown, counted or asked for", () => {
  const { view, shown, wanted } = filmed(
    camera("ann"),
    camera("inspector", { isHiddenFromRecorder: true }),
    camera("other-recorder", { isHidden: true }),
  );
  assert.deepEqual(shown(), ["ann"]);
  assert.equal(view.people.value.length, 1);
  assert.deepEqual(wanted(), { "ann-v0": 720 });
});

test("the bridge is asked for the height of each box and for nothing else", () => {
  const people = Array.from({ length: 30 }, (_, index) => camera(`p${index}`));
  const { view, wanted } = filmed(...people);
  assert.deepEqual(Object.values(wanted()).toSorted(), [180, 180, 180, 180, 180, 720]);
  view.layout.value = "grid";
  assert.deepEqual(Object.values(wanted()), Array(25).fill(180));
});

test("a screen comes as it is, the cameras beside it small", () => {
  const { view, wanted } = filmed(sharing("ann"), camera("bob"));
  view.layout.value = "screen";
  assert.deepEqual(wanted(), { "ann-v0": 180, "ann-v1": 2160, "bob-v0": 180 });
});

test("who speaks becomes large and changes places with who spoke before; nobody else moves", () => {
  const { state, view, shown } = filmed(camera("a"), camera("b"), camera("c"));
  state.dominant.value = "c";
  assert.deepEqual([view.arrangement.value.large, ...shown()], ["c", "c", "b", "a"]);
  state.dominant.value = "b";
  assert.deepEqual(shown(), ["b", "c", "a"]);
});

test("whoever speaks is in sight, and who spoke just before too; who was silent longest gives way", () => {
  const { state, view, shown } = filmed(...Array.from({ length: 30 }, (_, index) => camera(`p${index}`)));
  state.dominant.value = "p0";
  state.dominant.value = "p29";
  assert.ok(shown().includes("p0") && shown()[0] === "p29", shown().join());
  view.layout.value = "grid";
  state.dominant.value = "p28";
  for (const each of ["p0", "p28", "p29"]) assert.ok(shown().includes(each), each);
});

test("what the bridge holds back is not taken for a picture", () => {
  const { state, view } = filmed(camera("a"));
  const tile = view.tiles.value.get("a");
  assert.ok(tile && view.comes(tile));
  state.forwarded.value = new Set();
  assert.ok(!view.comes(tile));
});
