import assert from "node:assert/strict";
import { test } from "node:test";
import { type FrameKind, IvSource, openFrame, sealFrame } from "./frame.ts";

const newKey = () => crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
const frameOf = (length: number): ArrayBuffer =>
  Uint8Array.from({ length }, (_, index) => (index * 7 + 3) % 256).buffer;

const CLEAR: readonly (readonly [FrameKind, number])[] = [
  ["key", 10],
  ["delta", 3],
  ["audio", 1],
];

test("a frame comes out as it went in; only what bridges and decoders need is in the clear", async () => {
  const key = await newKey();
  for (const [kind, clear] of CLEAR) {
    for (const length of [clear, clear + 1, 500]) {
      const frame = frameOf(length);
      const sealed = await sealFrame(frame, kind, { number: 3, key }, new IvSource().next());
      assert.equal(sealed.byteLength, length + 16 + 12 + 2);
      assert.deepEqual(new Uint8Array(sealed, 0, clear), new Uint8Array(frame, 0, clear));
      assert.deepEqual([...new Uint8Array(sealed).subarray(-2)], [12, 3]);
      if (length > clear + 8)
        assert.notDeepEqual(new Uint8Array(sealed, clear, length - clear), new Uint8Array(frame, clear));
      const opened = await openFrame(sealed, kind, (number) => (number === 3 ? key : undefined));
      assert.deepEqual(opened && new Uint8Array(opened), new Uint8Array(frame));
    }
  }
});

test("what is not encrypted, under another key or changed on its way is not opened", async () => {
  const key = await newKey();
  const other = await newKey();
  const sealed = await sealFrame(frameOf(200), "delta", { number: 0, key }, new IvSource().next());
  assert.equal(await openFrame(frameOf(200), "delta", () => key), undefined);
  assert.equal(await openFrame(frameOf(4), "delta", () => key), undefined);
  assert.equal(await openFrame(sealed, "delta", () => other), undefined);
  assert.equal(await openFrame(sealed, "delta", () => undefined), undefined);
  for (let at = 0; at < sealed.byteLength; at += 9) {
    const changed = sealed.slice(0);
    const bytes = new Uint8Array(changed);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    assert.equal(await openFrame(changed, "delta", () => key), undefined, `byte ${at}`);
  }
});

test("no IV comes twice", () => {
  const source = new IvSource();
  const other = new IvSource();
  const seen = new Set<string>();
  for (let index = 0; index < 2000; index++) seen.add(source.next().join()).add(other.next().join());
  assert.equal(seen.size, 4000);
});
