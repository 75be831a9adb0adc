import assert from "node:assert/strict";
import { test } from "node:test";
import { decideKnock, type Knock, lobbyNode, readLobbyNode } from "./lobby.ts";

const limits = {
  waiters: 2,
  nameLength: 10,
  presenceBytes: 1_000,
  entriesPerSession: { perSecond: 1, burst: 1 },
  nickLength: 64,
};

function knock(given: Partial<Knock> = {}, present: Readonly<Record<string, string>> = {}, waiters = 0) {
  const whole: Knock = {
    nick: "a",
    realJid: "a@meet/r",
    displayName: "Ann",
    affiliation: "none",
    isModerator: false,
    ...given,
  };
  const decided = decideKnock(new Map(Object.entries(present)), waiters, whole, limits);
  return decided.ok ? (decided.isAgain ? "again" : "in") : decided.reason;
}

test("who waits says a name of a reasonable length; moderators need none", () => {
  assert.equal(knock(), "in");
  assert.equal(knock({ displayName: "  " }), "name-missing");
  assert.equal(knock({ displayName: "", isModerator: true, affiliation: "owner" }), "in");
  assert.equal(knock({ displayName: "a".repeat(11) }), "name-long");
});

test("so many wait, and a moderator always gets in", () => {
  assert.equal(knock({}, {}, 2), "full");
  assert.equal(knock({ isModerator: true }, {}, 2), "in");
});

test("nicknames are as in the room: another's is taken, one's own is kept", () => {
  assert.equal(knock({}, { a: "b@meet/r" }), "nick-taken");
  assert.equal(knock({}, { a: "a@meet/r" }), "again");
  assert.equal(knock({}, { b: "a@meet/r" }), "nick-change");
  assert.equal(knock({ nick: "focus" }), "nick-invalid");
});

test("who was banned does not even wait", () => {
  assert.equal(knock({ affiliation: "outcast" }), "outcast");
});

test("each room has a lobby of its own, of whatever tenant and name", () => {
  const rooms = [
    { tenant: "main", name: "standup" },
    { tenant: "school7", name: "standup" },
    { tenant: "main", name: "[school7]standup" },
    { tenant: "main", name: "5%d0%b0" },
  ];
  const nodes = rooms.map(lobbyNode);
  assert.deepEqual(nodes, ["standup", "[school7]standup", "[main][school7]standup", "5%d0%b0"]);
  assert.deepEqual(nodes.map(readLobbyNode), rooms);
});
