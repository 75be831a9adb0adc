import assert from "node:assert/strict";
import { test } from "node:test";
import { xml } from "../../protocol/xml/element.ts";
import { NS } from "../../protocol/xmpp/namespaces.ts";
import { StanzaError } from "../../protocol/xmpp/stanza.ts";
import { reactTo } from "./refusal.ts";

const refused = (condition: string, text = "") =>
  new StanzaError(
    xml(
      "presence",
      {},
      xml("error", {}, xml(condition, { xmlns: NS.stanzaErrors }), xml("text", { xmlns: NS.stanzaErrors }, text)),
    ),
  );

test("a locked room asks for its password, and says when it was wrong", () => {
  assert.deepEqual(reactTo(refused("not-authorized"), false), { retry: false, problem: "password", text: "" });
  assert.deepEqual(reactTo(refused("not-authorized"), true), { retry: false, problem: "wrong-password", text: "" });
});

test("a room that is not there yet is asked for again", () => {
  assert.deepEqual(reactTo(refused("not-allowed", "Room creation is restricted"), false), { retry: true });
});

test("other refusals are told with the server's own words", () => {
  assert.deepEqual(reactTo(refused("not-allowed", "Not today"), false), {
    retry: false,
    problem: "not-allowed",
    text: "Not today",
  });
  assert.deepEqual(reactTo(refused("service-unavailable"), false), { retry: false, problem: "full", text: "" });
});

test("a token for another room is told apart from other refusals", () => {
  const { problem } = reactTo(refused("not-allowed", "Room and token mismatched"), false) as { problem: string };
  assert.equal(problem, "bad-token");
});

test("a room with a lobby is knocked at; one that only knows its members is not", () => {
  const registration = xml("registration-required", { xmlns: NS.stanzaErrors });
  const withLobby = xml("error", {}, registration, xml("lobbyroom", {}, "class@lobby.m"));
  assert.deepEqual(reactTo(new StanzaError(xml("presence", {}, withLobby)), false), {
    retry: false,
    lobby: "class@lobby.m",
  });
  const { problem } = reactTo(refused("registration-required"), false) as { problem: string };
  assert.equal(problem, "members-only");
});

test("a room that wants a name asks for it", () => {
  const error = xml(
    "error",
    {},
    xml("not-acceptable", { xmlns: NS.stanzaErrors }),
    xml("displayname-required", { xmlns: NS.jitmeet, lobby: "true" }),
  );
  const { problem } = reactTo(new StanzaError(xml("presence", {}, error)), false) as { problem: string };
  assert.equal(problem, "name");
});
