import assert from "node:assert/strict";
import { test } from "node:test";
import { serialise, type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import {
  bytesLeft,
  MAX_MESSAGE_BYTES,
  reactionMessage,
  readJsonMessage,
  readRoomMessage,
  readSettingsError,
  readSystemMessage,
  retractionMessage,
  textMessage,
} from "./chat.ts";

const body = (text: string) => xml("body", {}, text);
const groupchat = (...children: XmlElement[]) =>
  xml("message", { from: "r@m/ab12", type: "groupchat", id: "1" }, ...children);
const address = { room: "r@m", to: "", id: "9" };

test("a message of the history keeps the time it was sent", () => {
  const delay = xml("delay", { xmlns: NS.delay, stamp: "2026-09-01T08:00:00Z" });
  const name = xml("display-name", {}, "Ann");
  assert.deepEqual(readRoomMessage(groupchat(body("hi"), delay, name), 5), {
    type: "said",
    id: "1",
    from: "ab12",
    text: "hi",
    sentAt: Date.parse("2026-09-01T08:00:00Z"),
    isPrivate: false,
    isHistory: true,
    senderName: "Ann",
    replyTo: "",
  });
});

test("an answer names the message it answers, as Jitsi's clients write it and as the specification does", () => {
  const read = (reply: XmlElement) => {
    const message = readRoomMessage(groupchat(body("yes"), reply), 0);
    return message?.type === "said" ? message.replyTo : undefined;
  };
  assert.equal(read(xml("reply", { xmlns: NS.reply, to: "m1" })), "m1");
  assert.equal(read(xml("reply", { xmlns: NS.reply, to: "r@m/ab12", id: "m1" })), "m1");
  const written = textMessage(address, "yes", "m1");
  assert.deepEqual(written.attrs, { xmlns: NS.client, to: "r@m", type: "groupchat", id: "9" });
  assert.equal(read(written.children[1] as XmlElement), "m1");
});

test("reactions are all that somebody says of a message; those without an id are one more", () => {
  const reactions = (...texts: string[]) =>
    xml("reactions", { xmlns: NS.reactions, id: "m1" }, ...texts.map((text) => xml("reaction", {}, text)));
  const whole = readRoomMessage(groupchat(reactions("👍", "👍", "<b>", "x".repeat(40))), 0);
  assert.deepEqual(whole, {
    type: "reacted",
    to: "m1",
    from: "ab12",
    emoji: ["👍"],
    isPrivate: false,
    isWhole: true,
  });
  const more = readRoomMessage(xml("message", { from: "r@m/x", type: "groupchat" }, reactions("❤️")), 0);
  assert.equal(more?.type === "reacted" && more.isWhole, false);
  const many = readRoomMessage(groupchat(reactions(..."😀😁😂😃😄😅😆😇😈😉")), 0);
  assert.equal(many?.type === "reacted" && many.emoji.length, 8);
  assert.deepEqual(readRoomMessage(reactionMessage({ ...address, to: "b" }, "m1", ["👏"]), 0), {
    type: "reacted",
    to: "m1",
    from: "",
    emoji: ["👏"],
    isPrivate: true,
    isWhole: true,
  });
});

test("a message that is taken back is not a message, whatever its fallback says", () => {
  const written = retractionMessage(address, "m1", "taken back");
  assert.deepEqual(readRoomMessage({ ...written, attrs: { ...written.attrs, from: "r@m/ab12" } }, 0), {
    type: "retracted",
    id: "m1",
    from: "ab12",
    isPrivate: false,
  });
  assert.equal(readRoomMessage(groupchat(xml("retract", { xmlns: NS.retract }), body("x")), 0), undefined);
});

test("a refusal says which message, and why", () => {
  const error = xml(
    "error",
    { type: "wait" },
    xml("resource-constraint", { xmlns: NS.stanzaErrors }),
    xml("text", { xmlns: NS.stanzaErrors }, "too many messages"),
  );
  const stanza = xml("message", { from: "r@m", type: "error", id: "7" }, body("hi"), error);
  assert.deepEqual(readRoomMessage(stanza, 0), {
    type: "refused",
    id: "7",
    condition: "resource-constraint",
    text: "too many messages",
  });
});

test("what is wrong with the settings is said", () => {
  const error = xml("settings-error", {}, xml("text", {}, "only a moderator sets the subject"));
  assert.equal(readSettingsError(xml("message", { type: "error" }, error)), "only a moderator sets the subject");
  assert.equal(readSettingsError(xml("message", { type: "groupchat" }, error)), undefined);
});

test("subjects, JSON and empty messages are not chat", () => {
  const json = xml("json-message", { xmlns: NS.jitmeet }, "{}");
  for (const children of [[xml("subject", {}, "x")], [body("x"), json], [body("")]])
    assert.equal(readRoomMessage(groupchat(...children), 0), undefined);
});

test("the longest text that fits makes a message the server takes, and one more letter does not fit", () => {
  const contentBytes = (text: string) => {
    const { children } = textMessage(address, text, "x".repeat(64));
    return new TextEncoder().encode(children.map((each) => serialise(each)).join("")).length;
  };
  for (const letter of ["a", "ж", "&", "😀"]) {
    const size = -bytesLeft(letter) + bytesLeft("");
    const longest = letter.repeat(Math.floor(bytesLeft("") / size));
    assert.ok(bytesLeft(longest) >= 0 && bytesLeft(longest + letter) < 0, letter);
    assert.ok(contentBytes(longest) <= MAX_MESSAGE_BYTES, letter);
  }
});

test("a JSON message needs a type", () => {
  const message = (text: string) => xml("message", {}, xml("json-message", { xmlns: NS.jitmeet }, text));
  assert.deepEqual(readJsonMessage(message('{"type":"a","b":1}')), { type: "a", b: 1 });
  assert.equal(readJsonMessage(message('{"b":1}')), undefined);
  assert.equal(readJsonMessage(message("{")), undefined);
});

test("what the server says has a text, and perhaps a name", () => {
  assert.deepEqual(readSystemMessage({ type: "system_chat_message", message: "at noon", displayName: "School" }), {
    name: "School",
    text: "at noon",
  });
  assert.equal(readSystemMessage({ type: "system_chat_message", message: 1 }), undefined);
});
