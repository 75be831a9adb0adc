import assert from "node:assert/strict";
import { test } from "node:test";
import type { MeetingRoom } from "../../protocol/conference/breakout-rooms.ts";
import { shareOut } from "./share-out.ts";

const room = (jid: string, inside: number): MeetingRoom => ({
  id: jid,
  jid,
  name: jid,
  isMain: false,
  people: Array.from({ length: inside }, (_, index) => ({
    id: `${jid}${index}`,
    realJid: "",
    name: "",
    isModerator: false,
  })),
});
const sizes = (people: readonly string[], rooms: readonly MeetingRoom[], random: () => number) => {
  const given = shareOut(people, rooms, random);
  assert.deepEqual(given.map(({ person }) => person).toSorted(), people.toSorted());
  return rooms.map(({ jid, people: inside }) => inside.length + given.filter((each) => each.room === jid).length);
};

test("rooms differ by one at most, and everybody has one", () => {
  assert.deepEqual(
    sizes(["a", "b", "c", "d", "e"], [room("x", 0), room("y", 0)], () => 0.5),
    [3, 2],
  );
});

test("who is in a room already is counted", () => {
  assert.deepEqual(
    sizes(["a", "b", "c"], [room("x", 3), room("y", 0)], () => 0),
    [3, 3],
  );
});

test("chance decides who goes where", () => {
  const people = ["a", "b", "c", "d"];
  const rooms = [room("x", 0), room("y", 0)];
  assert.notDeepEqual(
    shareOut(people, rooms, () => 0),
    shareOut(people, rooms, () => 0.99),
  );
});

test("without rooms nobody goes anywhere", () => {
  assert.deepEqual(
    shareOut(["a"], [], () => 0),
    [],
  );
});
