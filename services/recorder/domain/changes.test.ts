import assert from "node:assert/strict";
import { test } from "node:test";
import { type Change, changesOf, type Running, type Wanted } from "./changes.ts";

const nothing: Running = { layout: "speaker", file: undefined, targets: new Map() };
const wanted = (more: Partial<Wanted> = {}): Wanted => ({
  layout: "speaker",
  file: undefined,
  stream: undefined,
  ...more,
});
const youtube = { id: "1", url: "rtmp://a/1" };
const own = { id: "2", url: "rtmp://b/2" };
const changes = (want: Wanted, running: Running, over: readonly string[] = []) =>
  changesOf(want, running, new Set(over));

test("a file and two targets begin", () => {
  assert.deepEqual(changes(wanted({ file: "r1", stream: { id: "s1", targets: [youtube, own] } }), nothing), [
    { type: "start-file", recording: "r1" },
    { type: "add-target", key: "s1/1", target: youtube },
    { type: "add-target", key: "s1/2", target: own },
  ] satisfies Change[]);
});

test("what runs as wanted isn't touched", () => {
  const running = { ...nothing, file: "r1", targets: new Map([["s1/1", youtube.url]]) };
  const both = wanted({ file: "r1", stream: { id: "s1", targets: [youtube] } });
  assert.deepEqual(changes(both, running), []);
  assert.deepEqual(changes({ ...both, layout: "grid" }, running), [{ type: "set-layout" }]);
  assert.deepEqual(changes({ ...both, file: undefined }, running), [{ type: "stop-file", recording: "r1" }]);
  assert.deepEqual(changes({ ...both, stream: { id: "s1", targets: [own] } }, running), [
    { type: "remove-target", key: "s1/1" },
    { type: "add-target", key: "s1/2", target: own },
  ]);
});

test("another recording, another address and another stream are stopped and begun", () => {
  const running = { ...nothing, file: "r1", targets: new Map([["s1/1", youtube.url]]) };
  const moved = { id: "1", url: "rtmp://elsewhere/1" };
  assert.deepEqual(changes(wanted({ file: "r2", stream: { id: "s1", targets: [moved] } }), running), [
    { type: "remove-target", key: "s1/1" },
    { type: "stop-file", recording: "r1" },
    { type: "start-file", recording: "r2" },
    { type: "add-target", key: "s1/1", target: moved },
  ]);
  assert.deepEqual(changes(wanted({ file: "r1", stream: { id: "s2", targets: [youtube] } }), running), [
    { type: "remove-target", key: "s1/1" },
    { type: "add-target", key: "s2/1", target: youtube },
  ]);
});

test("what has come to its end isn't begun again", () => {
  const both = wanted({ file: "r1", stream: { id: "s1", targets: [youtube, own] } });
  assert.deepEqual(changes(both, nothing, ["r1", "s1/1"]), [{ type: "add-target", key: "s1/2", target: own }]);
});
