import assert from "node:assert/strict";
import { test } from "node:test";
import { childOf, el } from "./element.ts";
import { parseXml } from "./parse.ts";
import { serialise } from "./serialise.ts";

const bounds = { length: 1_000, depth: 8, attributes: 8, children: 8 };

function again(xml: string): string {
  const parsed = parseXml(xml, bounds);
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.text);
  return serialise(parsed.root);
}

test("a prefix becomes a namespace the element says itself", () => {
  assert.equal(
    again('<a xmlns="urn:a" xmlns:b="urn:b"><b:c b:d="1"><e/></b:c></a>'),
    '<a xmlns="urn:a"><c xmlns="urn:b" b:d="1" xmlns:b="urn:b"><e xmlns="urn:a"/></c></a>',
  );
});

test("an element without a namespace inside one that has one stays without", () => {
  assert.equal(again('<a xmlns="urn:a"><b xmlns=""/></a>'), '<a xmlns="urn:a"><b xmlns=""/></a>');
});

test("what has to be escaped survives both ways", () => {
  const xml = '<a b="&lt;&quot;&apos;&#xA;&#x9;">&lt;&amp;&gt;&#xD; ü 😀</a>';
  assert.equal(again(again(xml)), again(xml));
  assert.match(again(xml), /b="&lt;&quot;&apos;&#xA;&#x9;"/);
});

test("character data is text", () => {
  assert.equal(again("<a><![CDATA[<b>]]></a>"), "<a>&lt;b&gt;</a>");
});

test("characters that XML does not have are left out of what is written", () => {
  assert.equal(serialise(el("a", { b: "x\u0000y" }, "1\u00012\uffff3")), '<a b="xy">123</a>');
});

test("names that mean something to JavaScript mean nothing here", () => {
  const parsed = parseXml('<a __proto__="x" constructor="y"><toString/></a>', bounds);
  assert.ok(parsed.ok);
  assert.equal(childOf(parsed.root, "toString")?.name, "toString");
  assert.equal(({} as Record<string, unknown>).x, undefined);
});

test("a parser that met rubbish reads the next document as if nothing had been", () => {
  for (const rubbish of ["<a><b></a>", "<a", "", "<!DOCTYPE a><a/>", "<a/>x"]) {
    assert.equal(parseXml(rubbish, bounds).ok, false, rubbish);
    assert.equal(again("<a/>"), "<a/>");
  }
});

test("ten thousand seeded documents of rubbish each have an answer", () => {
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % below;
  };
  const pieces = [
    "<a>",
    "</a>",
    "<b c='",
    "'",
    '"',
    "/>",
    "&lt;",
    "&",
    "]]>",
    "<![CDATA[",
    "<!--",
    "<?x",
    "\u0000",
    "ü",
    "xmlns:",
    "=",
    " ",
  ];
  for (let round = 0; round < 10_000; round++) {
    const xml = Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]).join("");
    const parsed = parseXml(xml, bounds);
    assert.equal(typeof parsed.ok, "boolean");
  }
  assert.equal(again("<a/>"), "<a/>");
});
