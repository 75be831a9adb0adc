import assert from "node:assert/strict";
import { test } from "node:test";
import { signal } from "@preact/signals-core";
import { readSourceInfo } from "../../protocol/conference/source-info.ts";
import { somebody } from "../call/fake-context.ts";
import { CallState } from "../call/state.ts";
import type { LocalMedia } from "../media/local-media.ts";
import { Settings } from "../settings.ts";
import { MAX_PINS, StageView } from "./view.ts";

const free = { height: 2160, largeHeight: 2160, count: -1, isAudioOnly: false, isUnseen: false };
const laptop = { width: 1264, height: 690 };
/** Of fifteen tiles: fourteen others and ourselves. */
const small = { width: 344, height: 480 };

const occupant = (id: string, info: string) => somebody(id, { sources: readSourceInfo(info, id) });

function meeting(people: number, area = laptop, lastN = -1) {
  const state = new CallState();
  state.wanted.value = { ...state.wanted.value, lastN };
  const media = {
    audioMuted: signal(false),
    microphone: signal(undefined),
    camera: signal(undefined),
    screen: signal(undefined),
  } as unknown as LocalMedia;
  const limits = signal(free);
  const settings = new Settings();
  state.selfId.value = "me";
  const view = new StageView(state, media, settings, limits);
  view.area.value = area;
  const join = (id: string) => state.setOccupant(occupant(id, `{"${id}-v0":{"muted":false}}`));
  for (let number = 1; number <= people; number++) join(`p${number}`);
  return { state, view, settings, limits, join };
}

test("we are the last on every page, and everybody else is on one of them", () => {
  const { view } = meeting(24, small);
  assert.ok(view.pages.value > 1);
  const seen = new Set<string>();
  for (let page = 0; page < view.pages.value; page++) {
    assert.equal(view.inSight.value.at(-1), "self");
    for (const key of view.inSight.value) seen.add(key);
    view.turnPage(1);
  }
  assert.equal(seen.size, 25);
});

test("somebody who comes or goes moves nobody who sits before them", () => {
  const { view, state, join } = meeting(5);
  join("late");
  assert.deepEqual(view.inSight.value, ["p1", "p2", "p3", "p4", "p5", "late", "self"]);
  state.dropOccupants(["p4"]);
  assert.deepEqual(view.inSight.value, ["p1", "p2", "p3", "p5", "late", "self"]);
});

test("who speaks in sight stays; who speaks out of sight comes into it and two change places", () => {
  const { view, state } = meeting(24, small);
  const before = view.inSight.value;
  state.dominant.value = before[2];
  assert.equal(view.inSight.value, before);
  state.dominant.value = "p24";
  const after = view.inSight.value;
  assert.ok(after.includes("p24"));
  assert.equal(after.filter((key, index) => key !== before[index]).length, 1);
});

test("while another page is looked at nobody is moved; the speaker is seen on coming back", () => {
  const { view, state } = meeting(24, small);
  view.turnPage(1);
  const before = view.inSight.value;
  state.dominant.value = "p1";
  assert.equal(view.inSight.value, before);
  state.dominant.value = "p24";
  view.turnPage(-1);
  assert.ok(view.inSight.value.includes("p24"));
});

test("on the stage speakers follow one another, and in the strip only two places change", () => {
  const { view, state } = meeting(6);
  view.setTileView(false);
  state.dominant.value = "p3";
  assert.deepEqual(view.large.value, ["p3"]);
  const before = view.inSight.value;
  state.dominant.value = "p5";
  assert.deepEqual(view.large.value, ["p5"]);
  assert.deepEqual(
    view.inSight.value.map((key) => (key === "p3" ? "p5" : key === "p5" ? "p3" : key)),
    before,
  );
});

test("our own voice puts nobody off the stage", () => {
  const { view, state } = meeting(3);
  view.setTileView(false);
  state.dominant.value = "p2";
  state.dominant.value = "me";
  assert.deepEqual(view.large.value, ["p2"]);
});

test("several are pinned up to a limit, and whoever leaves is pinned no more", () => {
  const { view, state } = meeting(9);
  for (let number = 1; number <= 8; number++) view.addToStage(`p${number}`);
  assert.equal(view.large.value.length, MAX_PINS);
  state.dropOccupants(["p8"]);
  assert.equal(view.pins.value.length, MAX_PINS - 1);
  view.pin("p1");
  assert.deepEqual(view.large.value, ["p1"]);
  view.pin("p1");
  assert.deepEqual(view.large.value, []);
});

test("only who is in sight is wished for, and with the strip hidden only who is large", () => {
  const { view, settings } = meeting(24, small);
  assert.equal(view.wishes.value.size, view.inSight.value.length - 1);
  view.pin("p2");
  settings.filmstrip.value = false;
  assert.deepEqual([...view.wishes.value.keys()], ["p2-v0"]);
  assert.deepEqual(view.inSight.value, ["p2"]);
  settings.filmstrip.value = true;
});

test("a picture that is sent and wished for but not forwarded is held back", () => {
  const { view, state, limits } = meeting(2);
  assert.equal(view.arrival("p1"), "comes");
  state.forwarded.value = new Set(["p2-v0"]);
  assert.equal(view.arrival("p1"), "held back");
  assert.equal(view.heldBack.value, 1);
  limits.value = { ...free, isAudioOnly: true };
  assert.equal(view.arrival("p1"), "not asked for");
  assert.equal(view.heldBack.value, 0);
});

test("no more is wished for than the operator allows", () => {
  const { view, limits } = meeting(9, laptop, 3);
  assert.equal(view.wishes.value.size, 3);
  limits.value = { ...free, count: 1 };
  assert.equal(view.wishes.value.size, 1);
});

test("what changes of one person changes no other tile", () => {
  const { view, state } = meeting(5);
  const before = view.tiles.value;
  state.setOccupant(occupant("p2", '{"p2-v0":{"muted":true}}'));
  const after = view.tiles.value;
  const changed = [...after.keys()].filter((key) => after.get(key) !== before.get(key));
  assert.deepEqual(changed, ["p2"]);
  const rects = view.rects.value;
  state.setOccupant({ ...occupant("p2", '{"p2-v0":{"muted":true}}'), realJid: "elsewhere" });
  assert.equal(view.tiles.value, after);
  assert.equal(view.rects.value, rects);
});

test("hidden from ourselves we take no place", () => {
  const { view, settings } = meeting(2);
  settings.hideSelf.value = true;
  assert.deepEqual(view.inSight.value, ["p1", "p2"]);
  settings.hideSelf.value = false;
});
