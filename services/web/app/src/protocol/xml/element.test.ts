import assert from "node:assert/strict";
import { test } from "node:test";
import { childNamed, childrenNamed, serialise, textOf, xml } from "./element.ts";

test("an element is written with its attributes and text escaped", () => {
  const nick = xml("nick", { xmlns: "http://jabber.org/protocol/nick", lang: undefined }, `Ann <&> "B"`);
  assert.equal(serialise(nick), `<nick xmlns="http://jabber.org/protocol/nick">Ann &lt;&amp;&gt; &quot;B&quot;</nick>`);
});

test("characters that XML cannot carry are dropped rather than sent", () => {
  assert.equal(serialise(xml("body", {}, "a\u0000b\u0008c\nd")), "<body>abc\nd</body>");
});

test("children are found by name and by namespace", () => {
  const parent = xml("x", {}, xml("item", { xmlns: "a" }, "1"), xml("item", { xmlns: "b" }, "2"), "text");
  assert.equal(childrenNamed(parent, "item").length, 2);
  assert.equal(textOf(childNamed(parent, "item", "b")), "2");
  assert.equal(childNamed(parent, "item", "c"), undefined);
});
