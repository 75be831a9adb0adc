import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cleanDisplayName, makeParty, readHeaders, writeHeader } from "./headers.ts";

const given = [
  ["Via", "SIP/2.0/UDP 1.2.3.4"],
  ["Jitsi-Conference-Room", "a"],
  ["jitsi-conference-room", "b"],
  ["P-Asserted-Identity", "<sip:1@a>"],
  ["JigasiCallDirection", "incoming"],
  ["X-Test", "1"],
] as const;

test("who calls and into which room is believed of trusted trunks only, the first of each name", () => {
  assert.deepEqual([...readHeaders(given, false)], [["x-test", "1"]]);
  assert.deepEqual(Object.fromEntries(readHeaders(given, true)), {
    "jitsi-conference-room": "a",
    "p-asserted-identity": "<sip:1@a>",
    jigasicalldirection: "incoming",
    "x-test": "1",
  });
});

test("headers are counted and cut", () => {
  const many = Array.from({ length: 200 }, (_, n) => [`X-${n}`, "x".repeat(5_000)] as const);
  const read = readHeaders(many, true);
  assert.equal(read.size, 64);
  assert.equal(read.get("x-0")?.length, 1_024);
});

test("a display name never leaves its quotes, whatever is in it", () => {
  assert.equal(cleanDisplayName('Eve" <sip:admin@x>\r\nX: 1'), "Eve <sip:admin@x> X: 1");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const clean = cleanDisplayName(text);
      return !/[\p{Cc}"\\]/u.test(clean) && [...clean].length <= 80;
    }),
    { numRuns: 2_000, seed: 20_261_123 },
  );
});

test("a user part is told without its escapes", () => {
  assert.deepEqual(makeParty("%2B7495", "a", undefined), { user: "+7495", host: "a", displayName: "" });
  assert.equal(makeParty("a%0d%0ab", "a", "").user, "ab");
  assert.equal(makeParty("100%", "a", "").user, "100%");
});

test("a header of ours is one line with a name of its own", () => {
  assert.equal(writeHeader("Jitsi-Conference-Room", "комната@muc"), "Jitsi-Conference-Room: комната@muc");
  for (const [name, value] of [
    ["X", "1\r\nY: 2"],
    ["X:", "1"],
    ["", "1"],
    ["Via", "1"],
    ["Content-Length", "0"],
    ["X-A", "x".repeat(2_000)],
  ] as const)
    assert.throws(() => writeHeader(name, value), { code: "invalid-argument" });
});
