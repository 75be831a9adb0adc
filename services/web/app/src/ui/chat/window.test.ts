import assert from "node:assert/strict";
import { test } from "node:test";
import { earlier, follow, later, MAX_SHOWN_LINES, newest, PAGE_LINES } from "./window.ts";

test("a long chat begins with its newest page, and scrolling there and back shows every line", () => {
  const total = 1000;
  let shown = newest(total);
  assert.deepEqual(shown, { start: total - PAGE_LINES, end: total });
  while (shown.start > 0) {
    const before = shown;
    shown = earlier(shown);
    assert.ok(shown.start < before.start && shown.end > before.start, "pages overlap");
    assert.ok(shown.end - shown.start <= MAX_SHOWN_LINES);
  }
  while (shown.end < total) {
    const before = shown;
    shown = later(shown, total);
    assert.ok(shown.end > before.end && shown.start < before.end);
    assert.ok(shown.end - shown.start <= MAX_SHOWN_LINES);
  }
});

test("who is at the end follows it, with a bounded page", () => {
  let shown = newest(10);
  for (let total = 11; total <= 2000; total++) shown = follow(shown, total - 1, total, true);
  assert.deepEqual(shown, { start: 2000 - MAX_SHOWN_LINES, end: 2000 });
});

test("who reads further up keeps what they read, and finds what came below", () => {
  assert.deepEqual(follow({ start: 0, end: 100 }, 100, 101, false), { start: 0, end: 101 });
  assert.deepEqual(follow({ start: 0, end: 100 }, 900, 901, false), { start: 0, end: 100 });
  assert.deepEqual(follow({ start: 0, end: MAX_SHOWN_LINES }, MAX_SHOWN_LINES, MAX_SHOWN_LINES + 1, false), {
    start: 0,
    end: MAX_SHOWN_LINES,
  });
});

test("a line that is taken away leaves no hole", () => {
  assert.deepEqual(follow({ start: 40, end: 50 }, 50, 0, false), { start: 0, end: 0 });
  assert.deepEqual(follow({ start: 0, end: 1 }, 1, 0, true), { start: 0, end: 0 });
});
