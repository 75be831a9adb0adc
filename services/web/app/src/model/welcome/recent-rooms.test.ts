import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_RECENT_ROOMS, type RecentRoom, withVisit } from "./recent-rooms.ts";

const visit = (roomName: string, visitedAt = 0): RecentRoom => ({ roomName, tenant: "", visitedAt });

test("the room visited last stands first, once", () => {
  const rooms = withVisit(withVisit(withVisit([], visit("a", 1)), visit("b", 2)), visit("a", 3));
  assert.deepEqual(rooms, [visit("a", 3), visit("b", 2)]);
});

test("a room of another tenant is another room", () => {
  const other = { ...visit("a"), tenant: "school" };
  assert.equal(withVisit([visit("a")], other).length, 2);
});

test("the oldest is forgotten when there are too many", () => {
  let rooms: readonly RecentRoom[] = [];
  for (let number = 0; number <= MAX_RECENT_ROOMS; number++) rooms = withVisit(rooms, visit(String(number)));
  assert.equal(rooms.length, MAX_RECENT_ROOMS);
  assert.equal(rooms.at(-1)?.roomName, "1");
});
