import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { childNamed } from "../../protocol/xml/element.ts";
import { fakeMeeting, somebody } from "../call/fake-context.ts";
import { BreakoutRooms } from "./breakout-rooms.ts";

mock.timers.enable({ apis: ["setTimeout"] });

const main = "5a@muc.m";
const from = "breakout.m";
const room = (jid: string, name: string, people: readonly string[], more: object = {}) => ({
  id: jid,
  jid,
  name,
  participants: Object.fromEntries(
    people.map((id) => [`${jid}/${id}`, { jid: `${id}@m/r`, role: id === "host" ? "moderator" : "participant" }]),
  ),
  ...more,
});

function begin(...people: readonly string[]) {
  const meeting = fakeMeeting();
  const groups = new BreakoutRooms(meeting.context);
  const update = (rooms: object) =>
    groups.json({ type: "breakout_rooms", event: "features/breakout-rooms/update", roomCounter: 2, rooms }, from);
  update({
    main: room(main, "5a", people, { isMainRoom: true }),
    one: room("one@b.m", "One", ["ann"]),
    two: room("two@b.m", "Two", []),
  });
  const asked = () =>
    meeting.sent.map((stanza) => {
      const { type = "", ...attrs } = childNamed(stanza, "breakout_rooms")?.attrs ?? {};
      return [type.split("/")[2], ...Object.values(attrs)].join(" ");
    });
  return { ...meeting, groups, update, asked };
}

test("groups are all rooms but the main one, and we know in which we are", () => {
  const { groups, state } = begin("me");
  assert.deepEqual(
    groups.groups.value.map(({ name }) => name),
    ["One", "Two"],
  );
  assert.equal(groups.isAside.value, false);
  state.roomJid.value = "two@b.m";
  assert.equal(groups.isAside.value, true);
  assert.equal(groups.current.value?.name, "Two");
});

test("a room is named by what is left of the name that was typed", () => {
  const { groups, asked } = begin("me");
  groups.add(`  ${"я".repeat(200)} `);
  groups.add("   ");
  groups.rename("one@b.m", " Физики ");
  assert.deepEqual(asked(), [`add ${"я".repeat(128)}`, "rename one@b.m Физики"]);
});

test("people are sent by their own address; we ourselves go", () => {
  const { groups, asked, moves } = begin("me", "bob");
  groups.send("bob", "two@b.m");
  groups.send("me", "two@b.m");
  groups.send("nobody", "two@b.m");
  assert.deepEqual(asked(), ["move-to-room bob@m/r two@b.m"]);
  assert.deepEqual(moves, ["two@b.m"]);
});

test("a room is removed when its people have been called back", () => {
  const { groups, asked } = begin("me");
  groups.remove("one@b.m");
  assert.deepEqual(asked(), [`move-to-room ann@m/r ${main}`, "remove one@b.m"]);
});

test("those who do not lead are shared out, to where the fewest are", () => {
  const { groups, asked } = begin("me", "host", "bob");
  groups.shareOut(() => 0);
  assert.deepEqual(asked(), ["move-to-room bob@m/r two@b.m"]);
});

test("a telephone, which cannot go to another room, is not shared out", () => {
  const { groups, asked, state } = begin("me", "bob", "p1");
  state.setOccupant(somebody("p1", { isPhone: true }));
  groups.shareOut(() => 0);
  assert.deepEqual(asked(), ["move-to-room bob@m/r two@b.m"]);
});

test("the server moves us; nobody else does", () => {
  const { groups, moves } = begin("me");
  const move = { type: "breakout_rooms", event: "features/breakout-rooms/move-to-room", roomJid: "one@b.m" };
  groups.json(move, `${main}/eve`);
  assert.deepEqual(moves, []);
  groups.json(move, from);
  assert.deepEqual(moves, ["one@b.m"]);
});

test("who comes to another room is told where they are, once", () => {
  const { groups, notices } = begin("me");
  const enter = (jid: string) => groups.entered({ jid } as never);
  enter(main);
  assert.deepEqual(notices(), []);
  enter("one@b.m");
  enter("one@b.m");
  assert.deepEqual(
    notices().map(({ text, values }) => [text, values?.name]),
    [["breakoutRooms.notifications.joined", "One"]],
  );
  enter(main);
  assert.equal(notices().at(-1)?.text, "breakoutRooms.notifications.joinedMainRoom");
});
