import assert from "node:assert/strict";
import { test } from "node:test";
import { xml } from "../xml/element.ts";
import { StreamManagement } from "./stream-management.ts";

const stanza = (id: number) => xml("message", { id });

function streamWith(count: number): StreamManagement {
  const stream = new StreamManagement();
  stream.enable();
  stream.id = "tok_1";
  for (let index = 0; index < count; index++) stream.sending(stanza(index));
  return stream;
}

test("confirmed stanzas are forgotten and the rest are kept for sending again", () => {
  const stream = streamWith(4);
  stream.acknowledge(3);
  assert.deepEqual(stream.unacknowledged, [stanza(3)]);
  stream.sending(stanza(4));
  assert.deepEqual(stream.resumed(4), [stanza(4)]);
});

test("a confirmation of more than was sent changes nothing", () => {
  const stream = streamWith(2);
  stream.acknowledge(9);
  assert.equal(stream.unacknowledged.length, 2);
});

test("the resume request tells how many stanzas came", () => {
  const stream = streamWith(0);
  stream.receiving();
  stream.receiving();
  assert.deepEqual(stream.resume().attrs, { xmlns: "urn:xmpp:sm:3", h: "2", previd: "tok_1" });
});

test("the server is asked after every fifth unconfirmed stanza", () => {
  const stream = streamWith(3);
  assert.equal(stream.sending(stanza(3)), false);
  assert.equal(stream.sending(stanza(4)), true);
});

test("nothing is counted before stream management is on, and enabling starts afresh", () => {
  const stream = new StreamManagement();
  stream.sending(stanza(1));
  stream.receiving();
  assert.equal(stream.resumable, false);
  stream.enable();
  assert.deepEqual(stream.unacknowledged, []);
  assert.equal(stream.answer().attrs.h, "0");
});
