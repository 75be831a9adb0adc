import assert from "node:assert/strict";
import { test } from "node:test";
import { Projector } from "./film.ts";
import { descriptorBytes, keyFrameHeightIn } from "./vp8.ts";

/** RFC 6386 9.1: a key frame of so many lines, and one that is none. */
function frame(isKey: boolean, height: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes[0] = isKey ? 0x10 : 0x11;
  bytes.writeUInt16LE(height, 8);
  return bytes;
}

const frames = [frame(true, 180, 2_500), frame(false, 0, 300)];
const film = { height: 180, bitsPerSecond: 100_000, frames };

test("a frame comes out of its packets as it went in", () => {
  const payloads = new Projector(film).encode(true);
  assert.equal(payloads.length, 3);
  assert.deepEqual(Buffer.concat(payloads.map((payload) => payload.subarray(descriptorBytes))), frames[0]);
  assert.equal(keyFrameHeightIn(payloads[0] ?? Buffer.alloc(0)), 180);
});

test("it begins again at its end, and where a key frame is asked for", () => {
  const projector = new Projector(film);
  const isKey = (asked: boolean): boolean => {
    const [first = Buffer.alloc(0)] = projector.encode(asked);
    return keyFrameHeightIn(first) !== undefined;
  };
  assert.deepEqual([false, false, false, true, false].map(isKey), [true, false, true, true, false]);
});
