import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Device,
  type DeviceMemory,
  MAX_SETS,
  preferred,
  reactTo,
  readMemory,
  withChoice,
} from "./device-choice.ts";

const device = (id: string): Device => ({ id, label: id, group: "" });
const alias = device("default");
const built = device("built-in");
const headset = device("headset");
const other = device("other");
const nothing: DeviceMemory = { last: {}, sets: {} };
const kind = "audioinput";

test("a device in use that is unplugged gives way to what was chosen beside the others, else to any", () => {
  const change = { kind, before: [built, headset, other], after: [built, other], inUse: "headset" } as const;
  assert.deepEqual(reactTo({ ...change, memory: nothing }), { type: "take", device: built, why: "lost" });
  const memory = withChoice(nothing, kind, "other", [built, other]);
  assert.deepEqual(reactTo({ ...change, memory }), { type: "take", device: other, why: "lost" });
});

test("the last device unplugged leaves none", () => {
  assert.deepEqual(reactTo({ kind, before: [built], after: [], inUse: "built-in", memory: nothing }), {
    type: "none-left",
  });
});

test("a new device is offered, and taken where it was chosen before among the same ones", () => {
  const change = { kind, before: [built], after: [built, headset], inUse: "built-in" } as const;
  assert.deepEqual(reactTo({ ...change, memory: nothing }), { type: "offer", device: headset });
  const memory = withChoice(nothing, kind, "headset", [built, headset]);
  assert.deepEqual(reactTo({ ...change, memory }), { type: "take", device: headset, why: "remembered" });
  const elsewhere = withChoice(nothing, kind, "headset", [headset, other]);
  assert.deepEqual(reactTo({ ...change, memory: elsewhere }), { type: "offer", device: headset });
});

test("devices that become known by the first permission are not new, nor is the system's alias", () => {
  assert.deepEqual(reactTo({ kind, before: [], after: [built], inUse: undefined, memory: nothing }), { type: "keep" });
  assert.deepEqual(reactTo({ kind, before: [built], after: [alias, built], inUse: "built-in", memory: nothing }), {
    type: "keep",
  });
});

test("something that is not in use may go without a word", () => {
  const change = { kind, before: [built, headset], after: [built], inUse: "built-in", memory: nothing } as const;
  assert.deepEqual(reactTo(change), { type: "keep" });
});

test("what is preferred is what was chosen beside these, then what was chosen last, where it is there", () => {
  let memory = withChoice(nothing, kind, "headset", [built, headset]);
  memory = withChoice(memory, kind, "built-in", [built, other]);
  assert.equal(preferred(memory, kind, [headset, built]), "headset");
  assert.equal(preferred(memory, kind, [built]), "built-in");
  assert.equal(preferred(memory, kind, [other]), undefined);
});

test("the memory forgets the oldest sets, and takes no rubbish from the browser", () => {
  let memory = nothing;
  for (let index = 0; index <= MAX_SETS; index++) memory = withChoice(memory, kind, "x", [device(`d${index}`)]);
  assert.equal(Object.keys(memory.sets).length, MAX_SETS);
  assert.equal(preferred({ ...memory, last: {} }, kind, [device("d0"), device("x")]), undefined);
  assert.deepEqual(readMemory("rubbish"), nothing);
  assert.deepEqual(readMemory({ last: { audioinput: 1, toaster: "x", videoinput: "cam" }, sets: { a: {} } }), {
    last: { videoinput: "cam" },
    sets: {},
  });
});
