import assert from "node:assert/strict";
import { test } from "node:test";
import { serialise, type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { lobbySaying, lobbyTalkBegun, MAX_LOBBY_TEXT_LENGTH, readLobbyTalk } from "./lobby-chat.ts";

const lobby = "class@lobby.m";

function heard(value: unknown, attrs: Readonly<Record<string, string>> = {}): XmlElement {
  const from = `${lobby}/vera`;
  return xml(
    "message",
    { from, type: "chat", ...attrs },
    xml("json-message", { xmlns: NS.jitmeet }, JSON.stringify(value)),
  );
}

test("what is said before the door is read as Jitsi's clients write it", () => {
  const said = heard({ type: "LOBBY_CHAT_MESSAGE", message: " It is me " });
  assert.deepEqual(readLobbyTalk(said), { type: "said", from: "vera", text: "It is me" });
  const begun = heard({ type: "LOBBY_CHAT_INITIALIZED", moderator: { id: "vera" }, attendee: { id: "me" } });
  assert.deepEqual(readLobbyTalk(begun), { type: "begun", from: "vera", attendee: "me" });
});

test("everybody who waits is written to alone, moderators all at once", () => {
  const toOne = lobbySaying(lobby, "vera", "1", "Who are you?");
  assert.equal(toOne.attrs.to, `${lobby}/vera`);
  assert.equal(toOne.attrs.type, "chat");
  assert.equal(lobbySaying(lobby, undefined, "2", "Me").attrs.type, "groupchat");
  assert.match(serialise(lobbyTalkBegun(lobby, "ann", "vera", "3")), /LOBBY_CHAT_INITIALIZED/);
});

test("rubbish, errors and the lobby's own words are nothing that somebody said", () => {
  const said = { type: "LOBBY_CHAT_MESSAGE", message: "x" };
  assert.equal(readLobbyTalk(heard(said, { type: "error" })), undefined);
  assert.equal(readLobbyTalk(heard(said, { from: lobby })), undefined);
  for (const value of [
    { type: "LOBBY_CHAT_MESSAGE", message: 7 },
    { type: "LOBBY_CHAT_MESSAGE", message: "  " },
  ])
    assert.equal(readLobbyTalk(heard(value)), undefined);
  for (const attendee of [null, 7, {}, { id: 7 }])
    assert.equal(readLobbyTalk(heard({ type: "LOBBY_CHAT_INITIALIZED", attendee })), undefined);
  assert.equal(readLobbyTalk(heard({ type: "other" })), undefined);
});

test("nobody before the door can fill the page", () => {
  const long = heard({ type: "LOBBY_CHAT_MESSAGE", message: "a".repeat(MAX_LOBBY_TEXT_LENGTH + 1) });
  const talk = readLobbyTalk(long);
  assert.equal(talk?.type === "said" && talk.text.length, MAX_LOBBY_TEXT_LENGTH);
});
