import assert from "node:assert/strict";
import { test } from "node:test";
import { linkify } from "./linkify.ts";

test("addresses become links, without the full stop that ends the sentence", () => {
  assert.deepEqual(linkify("see https://a.example/x?y=1. Then (http://b.example)!"), [
    { text: "see " },
    { text: "https://a.example/x?y=1", href: "https://a.example/x?y=1" },
    { text: ". Then (" },
    { text: "http://b.example", href: "http://b.example" },
    { text: ")!" },
  ]);
});

test("scripts are not links", () => {
  assert.deepEqual(linkify("javascript:alert(1)"), [{ text: "javascript:alert(1)" }]);
});
