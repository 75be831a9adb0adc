import assert from "node:assert/strict";
import { test } from "node:test";
import { roomNode } from "../url.ts";
import { randomRoomName, secureBelow, spacedName } from "./room-name.ts";
import { WORDS } from "./words.ts";

test("names have too many variants to be guessed, in both languages", () => {
  for (const lists of Object.values(WORDS)) {
    const bits = Object.values(lists).reduce((sum, words) => sum + Math.log2(words.length), 0);
    assert.ok(bits > 34, `${bits} bits`);
  }
});

test("no list has a word twice, and every word survives in a link", () => {
  for (const lists of Object.values(WORDS)) {
    for (const words of Object.values(lists)) {
      assert.equal(
        new Set(words).size,
        words.length,
        words.filter((word: string, at: number) => words.indexOf(word) !== at).join(),
      );
      for (const word of words) assert.match(word, /^\p{Lu}\p{Ll}+$/u);
    }
  }
});

test("a name is made of one word of each list", () => {
  assert.equal(
    randomRoomName("en", () => 0),
    "BraveBadgersAlwaysAdmireAmberAnchors",
  );
  assert.equal(spacedName("BraveBadgersAlways"), "Brave Badgers Always");
  assert.equal(spacedName("ТихиеКиты"), "Тихие Киты");
  assert.notEqual(roomNode(randomRoomName("ru", secureBelow)), "");
});

test("choices are within bounds", () => {
  for (let round = 0; round < 200; round++) assert.ok(secureBelow(7) < 7);
});
