import assert from "node:assert/strict";
import { test } from "node:test";
import { Address, write } from "../codec/rfc6120-stanza.ts";
import { writeBody } from "../codec/xep0124-bosh.ts";
import { StanzasAnswer } from "./bosh-answer.ts";

const address = new Address("zoë@meet.example/1");
const stanza = write("message", { from: "room@muc/ü" }, "<body>ünal</body>");

function bytesOf(answer: StanzasAnswer): string {
  const bytes = Buffer.alloc(answer.byteLength);
  answer.copyTo(bytes);
  return bytes.toString("utf8");
}

test("an answer says the same as text, as bytes, and when it is asked for again", () => {
  const answer = new StanzasAnswer(7, ["<a>ü</a>", stanza, stanza], address);
  const expected = writeBody(`<a>ü</a>${stanza.to(address)}${stanza.to(address)}`);
  assert.equal(answer.body, expected);
  assert.equal(bytesOf(answer), expected);
  assert.equal(answer.body, expected);
});

test("an answer without anything to say is an empty body", () => {
  const answer = new StanzasAnswer(7, [], address);
  assert.equal(answer.body, writeBody(""));
  assert.equal(bytesOf(answer), writeBody(""));
});
