import { writeFocusPresence } from "../codec/jitsi-focus.ts";
import { type Outgoing, write } from "../codec/rfc6120-stanza.ts";
import { type Destroy, type Item, mucStatus, writeStatus, writeUser } from "../codec/xep0045-muc.ts";
import { writeDelay } from "../codec/xep0203-delay.ts";
import { escapeText, serialise } from "../codec/xml/serialise.ts";
import { focusNick, type HistoryEntry } from "../domain/room.ts";
import type { OccupantOf, RoomOf } from "../stream/session.ts";

export function occupantJid(room: RoomOf, nick: string): string {
  return `${room.address.jid}/${nick}`;
}

export function itemOf(room: RoomOf, occupant: OccupantOf): Item {
  return { affiliation: room.affiliationOf(occupant.bareJid), role: room.roleOf(occupant), jid: occupant.realJid };
}

/** What everybody but the occupant itself gets. */
export function presenceStanza(room: RoomOf, occupant: OccupantOf, serverContent: string): Outgoing {
  const from = occupantJid(room, occupant.nick);
  return write("presence", { from }, occupant.payload + serverContent + writeUser(itemOf(room, occupant)));
}

export function ownPresenceStanza(room: RoomOf, occupant: OccupantOf, serverContent: string): Outgoing {
  const from = occupantJid(room, occupant.nick);
  const user = writeUser(itemOf(room, occupant), [mucStatus.self]);
  return write("presence", { from }, occupant.payload + serverContent + user);
}

const configurationChanged = 104;

export type Departure = {
  readonly statuses: readonly number[];
  readonly payload: string;
  readonly actor?: string;
  readonly reason?: string;
  readonly destroy?: Destroy;
};

export const quiet: Departure = { statuses: [], payload: "" };

/** `isSelf`: the copy for who leaves. */
export function departureStanza(room: RoomOf, occupant: OccupantOf, departure: Departure, isSelf: boolean): Outgoing {
  const { statuses, payload, actor, reason, destroy } = departure;
  const item: Item = {
    affiliation: room.affiliationOf(occupant.bareJid),
    role: "none",
    jid: occupant.realJid,
    ...(actor === undefined ? {} : { actor }),
    ...(reason === undefined ? {} : { reason }),
  };
  const codes = isSelf ? [...statuses, mucStatus.self] : statuses;
  return write(
    "presence",
    { from: occupantJid(room, occupant.nick), type: "unavailable" },
    payload + writeUser(item, codes, destroy),
  );
}

export function focusPresenceStanza(room: RoomOf, focusFullJid: string): Outgoing | undefined {
  if (!room.focus) return undefined;
  const payload = writeFocusPresence(room.address, room.focus).map(serialise).join("");
  const user = writeUser({ affiliation: "owner", role: "moderator", jid: focusFullJid });
  return write("presence", { from: occupantJid(room, focusNick) }, payload + user);
}

export function subjectStanza(room: RoomOf): Outgoing {
  const from = room.subjectFrom === "" ? room.address.jid : room.subjectFrom;
  return write("message", { from, type: "groupchat" }, `<subject>${escapeText(room.subject)}</subject>`);
}

export function historyStanza(room: RoomOf, entry: HistoryEntry): Outgoing {
  const attributes = { from: entry.from, type: "groupchat", id: entry.id === "" ? undefined : entry.id };
  return write("message", attributes, entry.payload + writeDelay(room.address.jid, entry.sentMs));
}

/** Clients repeat their disco query on this. */
export function configurationChangedStanza(room: RoomOf): Outgoing {
  return write("message", { from: room.address.jid, type: "groupchat" }, writeStatus(configurationChanged));
}
