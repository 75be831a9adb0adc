import type { App } from "../app.ts";
import { textOf } from "./arguments.ts";
import type { Command } from "./embedder.ts";

export const BREAKOUT_COMMANDS: Readonly<Record<string, Command>> = {
  "add-breakout-room": ({ app }, name) => {
    const { breakoutRooms } = app.call.activities;
    breakoutRooms.add(textOf(name) || String(breakoutRooms.counter.value + 1));
  },
  "auto-assign-to-breakout-rooms": ({ app }) => app.call.activities.breakoutRooms.shareOut(Math.random),
  "close-breakout-room": ({ app }, room) => app.call.activities.breakoutRooms.empty(jidOf(app, room)),
  "remove-breakout-room": ({ app }, room) => app.call.activities.breakoutRooms.remove(jidOf(app, room)),
  /** Without a room: back to the meeting's own. */
  "join-breakout-room": ({ app }, room) => app.call.activities.breakoutRooms.join(jidOf(app, room)),
  "send-participant-to-room": ({ app }, id, room) =>
    app.call.activities.breakoutRooms.send(textOf(id), jidOf(app, room)),
};

/** Rooms are known by id or by address; whatever is neither is the meeting's own. */
function jidOf({ call }: App, given: unknown): string {
  const { rooms, mainRoom } = call.activities.breakoutRooms;
  const wanted = textOf(given);
  return rooms.value.find(({ id, jid }) => id === wanted || jid === wanted)?.jid ?? mainRoom;
}
