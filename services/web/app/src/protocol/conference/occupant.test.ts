import assert from "node:assert/strict";
import { test } from "node:test";
import { type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { readPresence } from "./occupant.ts";

const known = { focusJid: "focus@auth.meet.example", hiddenDomain: "hidden.meet.example" };
const user = (jid: string, ...status: number[]) =>
  xml(
    "x",
    { xmlns: NS.mucUser },
    xml("item", { role: "moderator", jid }),
    ...status.map((code) => xml("status", { code })),
  );

test("a presence tells name, role, mutes and raised hand", () => {
  const stanza = xml(
    "presence",
    { from: "room@muc/ab12" },
    xml("nick", { xmlns: NS.nick }, "Zoe"),
    xml("SourceInfo", {}, '{"ab12-a0":{"muted":true}}'),
    xml("jitsi_participant_raisedHand", {}, "1700000000000"),
    user("u@meet.example/x", 110),
  );
  const { occupant, statusCodes } = readPresence(stanza, known);
  assert.equal(occupant.name, "Zoe");
  assert.equal(occupant.isModerator, true);
  assert.equal(occupant.sources.get("ab12-a0")?.muted, true);
  assert.equal(occupant.handRaisedAt, 1700000000000);
  assert.ok(statusCodes.has(110));
});

test("the focus and hidden helpers are recognised by their real address", () => {
  assert.equal(
    readPresence(xml("presence", { from: "r@m/focus" }, user("focus@auth.meet.example/1")), known).occupant.isFocus,
    true,
  );
  assert.equal(
    readPresence(xml("presence", { from: "r@m/x" }, user("rec@hidden.meet.example/1")), known).occupant.isHidden,
    true,
  );
});

test("who is not to be in recordings is known by what the server says of their sign-in", () => {
  const identity = (text: string) => xml("identity", {}, xml("user", {}, xml("hidden-from-recorder", {}, text)));
  const read = (...children: XmlElement[]) => readPresence(xml("presence", { from: "r@m/x" }, ...children), known);
  assert.equal(read(identity("true")).occupant.isHiddenFromRecorder, true);
  assert.equal(read(identity("false")).occupant.isHiddenFromRecorder, false);
  assert.equal(read().occupant.isHiddenFromRecorder, false);
});

test("an old client without SourceInfo is read by its mute elements", () => {
  const stanza = xml("presence", { from: "r@m/x" }, xml("audiomuted", {}, "true"), xml("videomuted", {}, "false"));
  const { sources } = readPresence(stanza, known).occupant;
  assert.equal(sources.get("x-a0")?.muted, true);
  assert.equal(sources.get("x-v0")?.muted, false);
});
