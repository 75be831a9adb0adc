import assert from "node:assert/strict";
import { test } from "node:test";
import { Netstrings, netstring } from "./netstrings.ts";

test("netstrings come whole, however the bytes are cut", () => {
  const bytes = Buffer.from(netstring('{"event":true}') + netstring("ж"));
  const reader = new Netstrings();
  const texts = [...bytes].flatMap((byte) => reader.take(Buffer.of(byte)));
  assert.deepEqual(texts, ['{"event":true}', "ж"]);
  assert.deepEqual(new Netstrings().take(bytes), texts);
});
