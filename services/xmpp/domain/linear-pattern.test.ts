import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePattern } from "./linear-pattern.ts";

const matching: readonly (readonly [string, string])[] = [
  ["^class-[0-9]+[a-z]?$", "class-5a"],
  ["^class-[0-9]+[a-z]?$", "class-12"],
  ["class", "my-class-5"],
  ["^(maths|physics)-(?:a|b)$", "physics-b"],
  ["^room.{2,3}$", "roomab"],
  ["^room.{2,3}$", "roomabc"],
  ["^x{3}$", "xxx"],
  ["^x{2,}y$", "xxxxy"],
  ["^Class$", "class"],
  ["^[A-Z]+$", "abc"],
  ["^\\d\\w\\.$", "1_."],
  ["^[^0-9]*$", "abc"],
  ["^(a|)b$", "b"],
  ["^a*?b+?c??$", "aab"],
  ["^\u0430[а-я]*$", "абв"],
  ["", "anything"],
  ["^(a*)*b$", "aab"],
  ["[]a]", "]"],
];

test("what operators write means what they mean", () => {
  for (const [source, text] of matching) assert.equal(compilePattern(source)?.test(text), true, `${source} ${text}`);
});

test("names that are not meant are not found", () => {
  const others: readonly (readonly [string, string])[] = [
    ["^class-[0-9]+$", "class-5a"],
    ["^class-[0-9]+$", "xclass-5"],
    ["^room.{2,3}$", "rooma"],
    ["^room.{2,3}$", "roomabcd"],
    ["^x{3}$", "xxxx"],
    ["^a|b$", "cc"],
    ["[^a]", "a"],
    ["$a", "a"],
  ];
  for (const [source, text] of others) assert.equal(compilePattern(source)?.test(text), false, `${source} ${text}`);
});

test("it says the same as RegExp of everything both can say", () => {
  const parts = ["a", "b", ".", "[ab]", "[^a]", "(a|b)", "(?:ab)?", "a*", "(b|ab)*", "a{1,2}", "b+"];
  const texts = ["", "a", "b", "ab", "ba", "aab", "abb", "abab", "bbb", "c", "acb"];
  for (const one of parts) {
    for (const other of parts) {
      for (const source of [`^${one}${other}$`, `${one}${other}`, `^${one}|${other}$`]) {
        const pattern = compilePattern(source);
        for (const text of texts)
          assert.equal(pattern?.test(text), new RegExp(source).test(text), `${source} "${text}"`);
      }
    }
  }
});

test("patterns made to keep a matcher busy for years come to an end", () => {
  const text = `${"a".repeat(1_000)}!`;
  for (const source of ["^(a+)+$", "^(a|a)*$", "^(a*)*$", "^([a-z]+)*$", "^a*a*a*a*a*a*a*a*b$", "^(a|aa)+$"]) {
    const pattern = compilePattern(source);
    assert.equal(pattern?.test(text), false, source);
  }
});

test("what can't be matched that way, or is too big, is no pattern", () => {
  const refused = ["(a)\\1", "(?=a)", "(?<!a)b", "a**", "*a", "a{3,2}", "a{", "(a", "a)", "[a", "[z-a]", "\\", "\\b"];
  for (const source of [...refused, "(a{100}){100}", "(".repeat(40) + ")".repeat(40), "a".repeat(257)]) {
    assert.equal(compilePattern(source), undefined, source);
  }
});
