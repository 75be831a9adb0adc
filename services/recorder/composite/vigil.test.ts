import assert from "node:assert/strict";
import { test } from "node:test";
import type { PageState } from "./page.ts";
import { Vigil } from "./vigil.ts";

const joined: PageState = { phase: "joined", participants: 2, receivingVideo: 0, isConnected: true };

/** Everything is well for some seconds, but for what is given; the end as a word. */
function live(vigil: Vigil, fromSecond: number, toSecond: number, given: Partial<PageState> = {}): string {
  for (let second = fromSecond; second <= toSecond; second++) {
    vigil.encoded(second * 25, second * 1000);
    vigil.written(second * 1000, second * 1000);
    vigil.saw({ ...joined, ...given }, second * 1000);
    const end = vigil.check(second * 1000);
    if (end) return `${end.reason === "empty" ? "empty" : end.error.code} at ${second}`;
  }
  return "goes on";
}

test("an hour in which nobody sends anything goes on", () => {
  assert.equal(live(new Vigil(0), 1, 3_600, { receivingVideo: 0 }), "goes on");
});

test("it ends when nobody is there for 30 s, not when somebody came back", () => {
  const vigil = new Vigil(0);
  assert.equal(live(vigil, 1, 10), "goes on");
  assert.equal(live(vigil, 11, 35, { participants: 0 }), "goes on");
  assert.equal(live(vigil, 36, 36), "goes on");
  assert.equal(live(vigil, 37, 90, { participants: 0 }), "empty at 66");
});

test("it ends with the meeting", () => {
  assert.equal(live(new Vigil(0), 1, 2, { phase: "ended" }), "empty at 1");
});

test("a page that is not drawn for 5 s hangs", () => {
  const vigil = new Vigil(0);
  live(vigil, 1, 10);
  for (const second of [11, 12, 13, 14, 15]) {
    vigil.encoded(250, second * 1000);
    vigil.written(second * 1000, second * 1000);
    assert.equal(vigil.check(second * 1000), undefined);
  }
  const end = vigil.check(15_001);
  assert.equal(end?.reason === "failed" && end.error.code, "browser-died");
});

test("an encoder that gives nothing for 5 s hangs", () => {
  const vigil = new Vigil(0);
  live(vigil, 1, 10);
  vigil.encoded(10_000, 15_500);
  const end = vigil.check(15_500);
  assert.equal(end?.reason === "failed" && end.error.code, "encoder-died");
});

test("out of the room or without the bridge the app has a minute to come back", () => {
  const vigil = new Vigil(0);
  live(vigil, 1, 10);
  assert.equal(live(vigil, 11, 60, { phase: "joining", participants: 0 }), "goes on");
  assert.equal(live(vigil, 61, 61), "goes on");
  assert.equal(live(vigil, 62, 200, { isConnected: false }), "no-media at 122");
  assert.equal(live(new Vigil(0), 1, 200, { phase: "joining", participants: 0 }), "no-media at 61");
});

test("one alone needs no bridge, nor those who never had one", () => {
  const vigil = new Vigil(0);
  live(vigil, 1, 10);
  assert.equal(live(vigil, 11, 200, { isConnected: false, participants: 1 }), "goes on");
  assert.equal(live(new Vigil(0), 1, 200, { isConnected: false }), "goes on");
});
