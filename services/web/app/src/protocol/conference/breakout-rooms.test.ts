import assert from "node:assert/strict";
import { test } from "node:test";
import { serialise } from "../xml/element.ts";
import { addRoom, readBreakoutNews, removeRoom, renameRoom, sendToRoom } from "./breakout-rooms.ts";

const component = "breakout.meet.example";
const group = "0b1c@breakout.meet.example";

const written = (attributes: string) =>
  `<message xmlns="jabber:client" to="${component}" id="1"><breakout_rooms type="features/breakout-rooms/${attributes}/></message>`;

test("what a moderator asks of the component", () => {
  assert.equal(serialise(addRoom(component, "1", "Группа <1>")), written('add" subject="Группа &lt;1&gt;"'));
  assert.equal(serialise(removeRoom(component, "1", group)), written(`remove" breakoutRoomJid="${group}"`));
  assert.equal(
    serialise(renameRoom(component, "1", group, "Физика")),
    written(`rename" breakoutRoomJid="${group}" subject="Физика"`),
  );
  assert.equal(
    serialise(sendToRoom(component, "1", "6f0c@meet.example/Xy", group)),
    written(`move-to-room" participantJid="6f0c@meet.example/Xy" roomJid="${group}"`),
  );
});

const update = {
  type: "breakout_rooms",
  event: "features/breakout-rooms/update",
  roomCounter: 1,
  rooms: {
    "5a": {
      id: "5a",
      jid: "5a@muc.meet.example",
      name: "5a",
      isMainRoom: true,
      participants: {
        "5a@muc.meet.example/ab12cd34": { jid: "6f0c@meet.example/Xy", role: "moderator", displayName: "Zoe" },
        "5a@muc.meet.example": { jid: "room@meet.example" },
      },
    },
    "0b1c": { id: "0b1c", jid: group, name: "Группа 1", participants: {} },
    broken: { id: "broken", name: "no address" },
  },
};

test("the rooms of a meeting and who is in them", () => {
  assert.deepEqual(readBreakoutNews(update), {
    type: "rooms",
    counter: 1,
    rooms: [
      {
        id: "5a",
        jid: "5a@muc.meet.example",
        name: "5a",
        isMain: true,
        people: [{ id: "ab12cd34", realJid: "6f0c@meet.example/Xy", name: "Zoe", isModerator: true }],
      },
      { id: "0b1c", jid: group, name: "Группа 1", isMain: false, people: [] },
    ],
  });
});

test("somebody sends us to a room", () => {
  const event = "features/breakout-rooms/move-to-room";
  assert.deepEqual(readBreakoutNews({ type: "breakout_rooms", event, roomJid: group }), { type: "move", room: group });
  assert.equal(readBreakoutNews({ type: "breakout_rooms", event, roomJid: 7 }), undefined);
});

test("what is something else is passed over", () => {
  assert.equal(readBreakoutNews({ ...update, type: "polls" }), undefined);
  assert.equal(readBreakoutNews({ ...update, event: "features/breakout-rooms/later" }), undefined);
  assert.equal(readBreakoutNews({ ...update, rooms: [] }), undefined);
});
