/** Breakout rooms (muc.md 2.13): what moderators ask of the component, and what it tells everybody. */
import { isRecord, textIn } from "../json.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { resourceOf } from "../xmpp/stanza.ts";
import type { JsonMessage } from "./chat.ts";

/** As long as the server takes it. */
export const ROOM_NAME_LENGTH = 128;

export interface MeetingMember {
  /** Endpoint id, the same in every room of the meeting. */
  readonly id: string;
  readonly realJid: string;
  readonly name: string;
  readonly isModerator: boolean;
}

/** One room of the meeting: its own, or one beside it. */
export interface MeetingRoom {
  readonly id: string;
  readonly jid: string;
  readonly name: string;
  readonly isMain: boolean;
  readonly people: readonly MeetingMember[];
}

export type BreakoutNews =
  | { readonly type: "rooms"; readonly rooms: readonly MeetingRoom[]; readonly counter: number }
  /** A moderator sends us there. */
  | { readonly type: "move"; readonly room: string };

const FEATURE = "features/breakout-rooms";

export function addRoom(component: string, id: string, subject: string): XmlElement {
  return command(component, id, "add", { subject });
}

export function removeRoom(component: string, id: string, breakoutRoomJid: string): XmlElement {
  return command(component, id, "remove", { breakoutRoomJid });
}

export function renameRoom(component: string, id: string, breakoutRoomJid: string, subject: string): XmlElement {
  return command(component, id, "rename", { breakoutRoomJid, subject });
}

export function sendToRoom(component: string, id: string, participantJid: string, roomJid: string): XmlElement {
  return command(component, id, "move-to-room", { participantJid, roomJid });
}

/** Undefined for what is none of our business or malformed. */
export function readBreakoutNews(message: JsonMessage): BreakoutNews | undefined {
  if (message.type !== "breakout_rooms") return undefined;
  if (message.event === `${FEATURE}/move-to-room`) {
    const room = textIn(message.roomJid);
    return room.includes("@") ? { type: "move", room } : undefined;
  }
  if (message.event !== `${FEATURE}/update` || !isRecord(message.rooms)) return undefined;
  const rooms = Object.values(message.rooms)
    .map(readRoom)
    .filter((room) => room !== undefined);
  const { roomCounter } = message;
  return { type: "rooms", rooms, counter: typeof roomCounter === "number" ? roomCounter : 0 };
}

function command(
  component: string,
  id: string,
  verb: "add" | "remove" | "rename" | "move-to-room",
  attributes: Readonly<Record<string, string>>,
): XmlElement {
  const body = xml("breakout_rooms", { type: `${FEATURE}/${verb}`, ...attributes });
  return xml("message", { xmlns: NS.client, to: component, id }, body);
}

function readRoom(value: unknown): MeetingRoom | undefined {
  if (!isRecord(value)) return undefined;
  const jid = textIn(value.jid);
  if (!jid.includes("@")) return undefined;
  const people = isRecord(value.participants) ? Object.entries(value.participants) : [];
  return {
    id: textIn(value.id) || jid,
    jid,
    name: textIn(value.name),
    isMain: value.isMainRoom === true,
    people: people.map(([occupant, one]) => readMember(occupant, one)).filter((member) => member !== undefined),
  };
}

function readMember(occupant: string, value: unknown): MeetingMember | undefined {
  const id = resourceOf(occupant);
  if (id === "" || !isRecord(value)) return undefined;
  return {
    id,
    realJid: textIn(value.jid),
    name: textIn(value.displayName).trim(),
    isModerator: value.role === "moderator",
  };
}
