import assert from "node:assert/strict";
import { test } from "node:test";
import { xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { readChatMessage, readJsonMessage } from "./chat.ts";

const body = (text: string) => xml("body", {}, text);

test("a message of the history keeps the time it was sent", () => {
  const delay = xml("delay", { xmlns: NS.delay, stamp: "2026-09-01T08:00:00Z" });
  const message = readChatMessage(
    xml("message", { from: "r@m/ab12", type: "groupchat", id: "1" }, body("hi"), delay),
    5,
  );
  assert.equal(message?.sentAt, Date.parse("2026-09-01T08:00:00Z"));
  assert.equal(message?.from, "ab12");
});

test("errors and messages without words are not chat", () => {
  assert.equal(readChatMessage(xml("message", { type: "error" }, body("x")), 0), undefined);
  assert.equal(readChatMessage(xml("message", { type: "groupchat" }, xml("subject", {}, "x")), 0), undefined);
});

test("a JSON message needs a type", () => {
  const message = (text: string) => xml("message", {}, xml("json-message", { xmlns: NS.jitmeet }, text));
  assert.deepEqual(readJsonMessage(message('{"type":"a","b":1}')), { type: "a", b: 1 });
  assert.equal(readJsonMessage(message('{"b":1}')), undefined);
  assert.equal(readJsonMessage(message("{")), undefined);
});
