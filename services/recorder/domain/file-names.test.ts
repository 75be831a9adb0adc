import assert from "node:assert/strict";
import { test } from "node:test";
import { fileNameOf, isFolderName, nameLimits } from "./file-names.ts";

const at = new Date(2026, 10, 23, 9, 5, 7).getTime();
const time = "_2026-11-23-09-05-07";

test("a room's name is readable in its file's", () => {
  assert.equal(fileNameOf("standup", at), `standup${time}`);
  assert.equal(fileNameOf(encodeURIComponent("5А класс"), at), `5А-класс${time}`);
});

test("hostile names become harmless ones", () => {
  const cases: Record<string, string> = {
    "../../etc/passwd": "etc-passwd",
    "..%2f..%2fetc": "etc",
    "-rf": "rf",
    ".hidden": "hidden",
    "a\u0000b\nc\u202etxt.exe": "a-b-c-txt.exe",
    "C:\\con|nul?*": "C-con-nul",
    "$(reboot) `x`; #": "reboot-x",
    "%zz": "zz",
    "": "room",
    "///": "room",
    "...": "room",
    "🎓 Schule": "🎓-Schule",
    "\ud800broken": "broken",
    "\u0301mark": "mark",
  };
  for (const [name, expected] of Object.entries(cases)) assert.equal(fileNameOf(name, at), `${expected}${time}`, name);
});

test("whatever a room is called, its file has a name of bounded length that stays in its folder", () => {
  const letters = [
    "a",
    "Я",
    "😀",
    "👩‍👩‍👧",
    "/",
    "\\",
    ".",
    "..",
    "-",
    "_",
    " ",
    "\n",
    "\0",
    "%2f",
    "%",
    "\ud83d",
    "ß",
    "ก้",
    "\u202e",
    "~",
  ];
  let state = 7;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let round = 0; round < 3_000; round += 1) {
    const name = Array.from({ length: random(500) }, () => letters[random(letters.length)]).join("");
    for (const given of [name, encodeURIComponent(name.toWellFormed())]) {
      const file = `${fileNameOf(given, at)}.mp4`;
      assert.ok(file.length <= nameLimits.characters, `${file.length} characters`);
      assert.ok(Buffer.byteLength(file) <= nameLimits.bytes, `${Buffer.byteLength(file)} bytes`);
      assert.match(file, /^[^.\-_\p{M}][^/\\\p{C}\s:*?"<>|$`;&#'~]*_2026-11-23-09-05-07\.mp4$/u);
      assert.ok(file.isWellFormed());
      assert.ok(!file.includes(".."));
    }
  }
});

test("only ids are folders", () => {
  for (const id of ["a", "0f3c-77_X", "x".repeat(64)]) assert.ok(isFolderName(id), id);
  for (const id of ["", ".", "..", "a/b", "-a", "_a", "a b", "a.b", "ä", "x".repeat(65), "a\0"])
    assert.ok(!isFolderName(id), id);
});
