/** Breakout rooms of Jitsi's clients (lib-jitsi-meet of 2026-08): what moderators ask, and what everybody is told. */
import { writeJsonMessage } from "./jitsi-json-message.ts";
import { optionalText, type Read, reading, requiredText, unreadable } from "./reading.ts";
import type { Outgoing } from "./rfc6120-stanza.ts";
import { childOf, type Element } from "./xml/element.ts";

const feature = "features/breakout-rooms";
const addressLength = 3_071;

export const renameFeature = "http://jitsi.org/protocol/breakout_rooms#rename";

export type BreakoutCommand =
  | { readonly type: "add"; readonly subject: string }
  | { readonly type: "remove"; readonly room: string }
  | { readonly type: "rename"; readonly room: string; readonly subject: string }
  | { readonly type: "move-to-room"; readonly participant: string; readonly room: string };

export function readBreakoutCommand(message: Element, subjectLength: number): Read<BreakoutCommand> {
  return reading(() => {
    const command = childOf(message, "breakout_rooms");
    if (!command) return unreadable("expected <breakout_rooms>");
    const room = () => requiredText(command, "breakoutRoomJid", addressLength).toLowerCase();
    const subject = () => optionalText(command, "subject", subjectLength);
    switch (command.attrs.type) {
      case `${feature}/add`:
        return { type: "add", subject: subject() };
      case `${feature}/remove`:
        return { type: "remove", room: room() };
      case `${feature}/rename`:
        return { type: "rename", room: room(), subject: subject() };
      case `${feature}/move-to-room`:
        return {
          type: "move-to-room",
          participant: requiredText(command, "participantJid", addressLength),
          room: requiredText(command, "roomJid", addressLength).toLowerCase(),
        };
      default:
        return unreadable(`breakout rooms know no "${(command.attrs.type ?? "").slice(0, 64)}"`);
    }
  });
}

export type ShownParticipant = { readonly jid: string; readonly role: string; readonly displayName?: string };

export type ShownRoom = {
  readonly id: string;
  readonly jid: string;
  readonly name: string;
  readonly isMainRoom?: boolean;
  /** By occupant address. */
  readonly participants: Readonly<Record<string, ShownParticipant>>;
};

export function writeBreakoutUpdate(host: string, roomCounter: number, rooms: readonly ShownRoom[]): Outgoing {
  return writeJsonMessage(host, {
    type: "breakout_rooms",
    event: `${feature}/update`,
    roomCounter,
    rooms: Object.fromEntries(rooms.map((room) => [room.id, room])),
  });
}

/** The client leaves the room it is in and goes there. */
export function writeMoveToRoom(host: string, roomJid: string): Outgoing {
  return writeJsonMessage(host, { type: "breakout_rooms", event: `${feature}/move-to-room`, roomJid });
}
