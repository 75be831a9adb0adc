import assert from "node:assert/strict";
import { test } from "node:test";
import { xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { readPresence } from "./occupant.ts";
import { isAnswered, isTalking, phoneStateOf } from "./telephone.ts";

const known = { focusJid: undefined, hiddenDomain: undefined };

/** As Jigasi writes it. */
const jigasi = (status: string, ...more: string[]) =>
  xml(
    "presence",
    { from: "room@muc/ab12" },
    xml("nick", { xmlns: NS.nick }, "+74951234567"),
    xml("features", {}, ...[NS.jigasi, ...more].map((feature) => xml("feature", { var: feature }))),
    xml("initiator", { xmlns: NS.jigasi }),
    xml("audiomuted", {}, "false"),
    xml("status", {}, status),
    xml("x", { xmlns: NS.mucUser }, xml("item", { role: "participant" }), xml("status", { code: 100 })),
  );

test("a telephone is known by its gateway's feature, with how its call stands", () => {
  const { occupant } = readPresence(jigasi(" Ringing... "), known);
  assert.deepEqual([occupant.isPhone, occupant.callStatus, occupant.name], [true, "Ringing...", "+74951234567"]);
  assert.equal(occupant.sources.get("ab12-a0")?.muted, false);
});

test("a transcriber is no telephone, and what others write as their status is no call", () => {
  assert.equal(readPresence(jigasi("Connected", NS.transcriber), known).occupant.isPhone, false);
  const { occupant } = readPresence(xml("presence", { from: "r@m/x" }, xml("status", {}, "Busy")), known);
  assert.deepEqual([occupant.isPhone, occupant.callStatus], [false, ""]);
});

test("a gateway that talks without end is cut short", () => {
  assert.equal(readPresence(jigasi("x".repeat(1000)), known).occupant.callStatus.length, 100);
});

test("the words of gateways are known whatever dots they end in", () => {
  for (const [words, state] of [
    ["Initializing Call", "initializingCall"],
    ["Ringing...", "ringing"],
    ["Ringing…", "ringing"],
    ["CONNECTED", "connected"],
    ["Connecting*", "connecting"],
    ["Busy", "busy"],
    ["Expired", "noAnswer"],
    ["", undefined],
    ["Put through to room 5", undefined],
  ] as const)
    assert.equal(phoneStateOf(words), state, words);
});

test("a call that rings, or rang in vain, brings nobody; one of whose state we know nothing does", () => {
  for (const status of ["Initializing Call", "Ringing...", "Busy", "Failed", "Disconnected"])
    assert.ok(!isAnswered(status), status);
  for (const status of ["Connected", "On hold", "", "Put through to room 5"]) assert.ok(isAnswered(status), status);
  assert.deepEqual(["", "Connected", "On hold"].map(isTalking), [true, true, false]);
});
