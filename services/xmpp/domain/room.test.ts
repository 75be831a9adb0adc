import assert from "node:assert/strict";
import { test } from "node:test";
import { decideEntry, type Occupant, Room } from "./room.ts";

const rules = { members: 3, nickLength: 64 };
const facts = { displayName: "", email: "", statsId: "", region: "", sources: [], raisedHandMs: 0, features: [] };

function aRoom(): Room<string> {
  return new Room({ tenant: "main", room: "id", name: "standup", jid: "standup@muc" }, "meeting", 0);
}

function occupant(nick: string, realJid = `${nick}@meet/r`): Occupant<string> {
  const bareJid = realJid.split("/")[0] ?? "";
  return {
    nick,
    realJid,
    bareJid,
    joinedMs: 0,
    order: 1,
    receiver: nick,
    facts,
    capabilities: [],
    payload: "",
    isInterrupted: false,
  };
}

function entry(
  room: Room<string>,
  nick: string,
  given: { password?: string; realJid?: string; isHidden?: boolean } = {},
) {
  const realJid = given.realJid ?? `${nick}@meet/r`;
  const candidate = {
    nick,
    realJid,
    bareJid: realJid.split("/")[0] ?? "",
    password: given.password,
    isHidden: given.isHidden ?? false,
  };
  const decided = decideEntry(room, candidate, rules);
  return decided.ok ? "in" : decided.reason;
}

test("a password opens the door, and members need none", () => {
  const room = aRoom();
  room.password = "1234";
  room.setAffiliation("teacher@meet", "owner");
  assert.equal(entry(room, "a"), "password");
  assert.equal(entry(room, "a", { password: "4321" }), "password");
  assert.equal(entry(room, "a", { password: "1234" }), "in");
  assert.equal(entry(room, "teacher"), "in");
  assert.equal(entry(room, "recorder", { isHidden: true }), "in");
});

test("members only, but who knows the password is as good as a member", () => {
  const room = aRoom();
  room.isMembersOnly = true;
  assert.equal(entry(room, "a"), "members-only");
  room.password = "1234";
  assert.equal(entry(room, "a", { password: "1234" }), "in");
});

test("an empty password opens nothing", () => {
  const room = aRoom();
  room.isMembersOnly = true;
  assert.equal(entry(room, "a", { password: "" }), "members-only");
});

test("who was banned does not even with the password come in", () => {
  const room = aRoom();
  room.password = "1234";
  room.setAffiliation("a@meet", "outcast");
  assert.equal(entry(room, "a", { password: "1234" }), "outcast");
});

test("a full room is full for newcomers only", () => {
  const room = aRoom();
  for (const nick of ["a", "b", "c"]) room.add(occupant(nick));
  assert.equal(entry(room, "d"), "full");
  assert.equal(entry(room, "recorder", { isHidden: true }), "in");
  assert.equal(entry(room, "a"), "in");
});

test("nobody takes another's nickname, or the focus's, or changes their own", () => {
  const room = aRoom();
  room.add(occupant("a"));
  assert.equal(entry(room, "a", { realJid: "x@meet/r" }), "nick-taken");
  for (const nick of ["focus", "Focus", "FOCUS"]) assert.equal(entry(room, nick), "nick-invalid");
  assert.equal(entry(room, "b", { realJid: "a@meet/r" }), "nick-change");
});

test("history is bounded by count and by size, and goes on with its numbers after a restart", () => {
  const room = aRoom();
  const limits = { messages: 3, characters: 10 };
  const say = (payload: string) => room.remember({ from: "f", id: "", payload, sentMs: 0, author: "p" }, limits);
  for (const text of ["1", "2", "3", "4"]) say(text);
  assert.deepEqual(
    room.history.map(({ payload }) => payload),
    ["2", "3", "4"],
  );
  say("123456789");
  assert.deepEqual(
    room.history.map(({ payload }) => payload),
    ["4", "123456789"],
  );
  const restarted = aRoom();
  restarted.restoreHistory([...room.history].reverse(), limits);
  assert.deepEqual(restarted.history, room.history);
  assert.equal(restarted.remember({ from: "f", id: "", payload: "x", sentMs: 0, author: "p" }, limits).number, 6);
});
