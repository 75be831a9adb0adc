import assert from "node:assert/strict";
import { test } from "node:test";
import { serialise } from "./serialise.ts";
import { StreamParser, type StreamPart } from "./stream-parser.ts";

const bounds = { bytes: 100, depth: 4, attributes: 4, children: 4 };
const header = '<?xml version="1.0"?><s:stream xmlns="urn:c" xmlns:s="urn:s" to="x">';
const bytes = (text: string) => Buffer.from(text);

function shown(part: StreamPart): string {
  if (part.type === "header") return `${part.header.namespace} ${part.header.contentNamespace}`;
  return part.type === "end" ? "end" : `${serialise(part.element)} ${part.bytes}`;
}

function opened(): StreamParser {
  const parser = new StreamParser(bounds);
  assert.deepEqual(parser.write(bytes(header)).parts.map(shown), ["urn:s urn:c"]);
  return parser;
}

test("a stream says the same in one piece and byte by byte, characters of several bytes included", () => {
  const text = `${header}<a>é😀</a> <b c="1"><d/></b></s:stream>`;
  const whole = new StreamParser(bounds).write(bytes(text)).parts;
  const parser = new StreamParser(bounds);
  const pieces = [...bytes(text)].flatMap((byte) => parser.write(Uint8Array.of(byte)).parts);
  const names = (parts: readonly StreamPart[]) => parts.map((part) => shown(part).replace(/ \d+$/, ""));
  assert.deepEqual(names(pieces), names(whole));
  assert.deepEqual(names(whole), ["urn:s urn:c", '<a xmlns="urn:c">é😀</a>', '<b xmlns="urn:c" c="1"><d/></b>', "end"]);
});

test("an element is charged what it took, with the white space before it", () => {
  const parser = opened();
  assert.deepEqual(parser.write(bytes("<a/>  <b/>")).parts.map(shown), [
    '<a xmlns="urn:c"/> 4',
    '<b xmlns="urn:c"/> 6',
  ]);
});

test("what has begun and is not complete is known, and white space is nothing", () => {
  const parser = opened();
  parser.write(bytes(" \n"));
  assert.equal(parser.isInside, false);
  parser.write(bytes("<a"));
  assert.equal(parser.isInside, true);
  parser.write(bytes("/>"));
  assert.equal(parser.isInside, false);
});

test("what stands before a fault is still handed over; behind it nothing is read", () => {
  const parser = opened();
  const { parts, fault } = parser.write(bytes("<a/><b></c><d/>"));
  assert.deepEqual(parts.map(shown), ['<a xmlns="urn:c"/> 4']);
  assert.equal(fault?.fault, "not-well-formed");
  assert.deepEqual(parser.write(bytes("<e/>")), { parts: [], fault: undefined });
});

test("the wrong end tag ends nothing", () => {
  for (const wrong of ["<a/><b></c>", "<a/><b><d></b>", "<a/></c>", "<a/></stream>"]) {
    const { parts, fault } = opened().write(bytes(wrong));
    assert.deepEqual(parts.map(shown), ['<a xmlns="urn:c"/> 4'], wrong);
    assert.equal(fault?.fault, "not-well-formed", wrong);
  }
});

test("bytes are bounded, complete or not, and the bound may change", () => {
  assert.equal(opened().write(bytes(`<a>${"x".repeat(100)}`)).fault?.fault, "policy-violation");
  assert.equal(opened().write(bytes(`<a>${"x".repeat(100)}</a>`)).fault?.fault, "policy-violation");
  const parser = opened();
  parser.bounds = { ...bounds, bytes: 1_000 };
  assert.equal(parser.write(bytes(`<a>${"x".repeat(100)}</a>`)).fault, undefined);
});

test("depth is counted from the stanza on", () => {
  assert.equal(opened().write(bytes("<a><a><a><a/></a></a></a>")).fault, undefined);
  assert.equal(opened().write(bytes("<a><a><a><a><a/></a></a></a></a>")).fault?.fault, "policy-violation");
});

test("half a character at the end of the connection is waited for, half a character within is a fault", () => {
  const parser = opened();
  assert.equal(parser.write(Buffer.from([0x3c, 0x61, 0x3e, 0xc3])).fault, undefined);
  assert.equal(parser.write(Buffer.from([0x3c])).fault?.fault, "unsupported-encoding");
});
