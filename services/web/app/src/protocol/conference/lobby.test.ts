import assert from "node:assert/strict";
import { test } from "node:test";
import { serialise, type XmlElement, xml } from "../xml/element.ts";
import type { XmppConnection } from "../xmpp/connection.ts";
import { NS } from "../xmpp/namespaces.ts";
import { StanzaError } from "../xmpp/stanza.ts";
import { admission, Lobby, lobbyOf } from "./lobby.ts";

const jid = "class@lobby.m";

function lobby() {
  const said: string[] = [];
  const sent: XmlElement[] = [];
  const connection = { state: "connected", send: (stanza: XmlElement) => void sent.push(stanza) };
  const place = new Lobby(jid, "me", connection as unknown as XmppConnection, {
    entered: () => void said.push("entered"),
    knocks: ({ name }) => void said.push(`${name} knocks`),
    leaves: (id) => void said.push(`${id} leaves`),
    rejected: () => void said.push("rejected"),
    closed: (isRoomOpen, reason) => void said.push(isRoomOpen ? "room open" : `over: ${reason}`),
    refused: ({ condition }) => void said.push(`refused: ${condition}`),
    said: (from, text) => void said.push(`${from} says ${text}`),
  });
  return { place, said, sent };
}

function presenceOf(nick: string, type: string | undefined, ...inUser: XmlElement[]): XmlElement {
  const item = xml("item", { jid: `${nick}@guest.m/r` });
  return xml(
    "presence",
    { from: `${jid}/${nick}`, type },
    xml("nick", { xmlns: NS.nick }, nick.toUpperCase()),
    xml("x", { xmlns: NS.mucUser }, item, ...inUser),
  );
}

const self = xml("status", { code: 110 });

test("who knocks gives a name, and is in the lobby at their own presence", () => {
  const { place, said, sent } = lobby();
  place.enter("Ann");
  assert.match(serialise(sent[0] ?? ""), /to="class@lobby.m\/me".*<nick xmlns="[^"]+">Ann<\/nick>/);
  place.receive(presenceOf("me", undefined, self));
  place.receive(presenceOf("me", undefined, self));
  assert.deepEqual(said, ["entered"]);
});

test("a moderator hears who knocks and who goes away again", () => {
  const { place, said } = lobby();
  place.enter("Host");
  place.receive(presenceOf("ann", undefined));
  place.receive(presenceOf("ann", "unavailable"));
  assert.deepEqual(said, ["ANN knocks", "ann leaves"]);
});

test("a kick is a no, an end with an address is an open door, an end without is the end", () => {
  const ends: readonly (readonly [XmlElement, string])[] = [
    [xml("status", { code: 307 }), "rejected"],
    [xml("destroy", { jid: "class@muc.m" }), "room open"],
    [xml("destroy", {}, xml("reason", {}, "bye")), "over: bye"],
  ];
  for (const [end, told] of ends) {
    const { place, said, sent } = lobby();
    place.enter("Ann");
    place.receive(presenceOf("me", undefined, self));
    place.receive(presenceOf("me", "unavailable", self, end));
    place.leave();
    assert.deepEqual(said, ["entered", told]);
    assert.equal(sent.length, 1, "nothing is said to a lobby one is no longer in");
  }
});

test("stanzas of other rooms are not the lobby's", () => {
  const { place } = lobby();
  assert.equal(place.receive(xml("presence", { from: "class@muc.m/me" })), false);
});

test("people are let in by one message, through their own addresses", () => {
  assert.equal(
    serialise(admission("class@muc.m", "i1", ["a@guest.m/r", "b@guest.m/r"])),
    '<message xmlns="jabber:client" to="class@muc.m" id="i1"><x xmlns="http://jabber.org/protocol/muc#user">' +
      '<invite xmlns="http://jabber.org/protocol/muc#user" to="a@guest.m/r"/>' +
      '<invite xmlns="http://jabber.org/protocol/muc#user" to="b@guest.m/r"/></x></message>',
  );
});

test("the error of a join names the lobby, with or without a namespace", () => {
  for (const attrs of [{}, { xmlns: NS.jitmeet }]) {
    const error = xml(
      "error",
      {},
      xml("registration-required", { xmlns: NS.stanzaErrors }),
      xml("lobbyroom", attrs, jid),
    );
    assert.equal(lobbyOf(new StanzaError(xml("presence", {}, error))), jid);
  }
});
