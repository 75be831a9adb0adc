import { parseJid } from "../codec/jid.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";

export type Place = { readonly room: RoomOf; readonly occupant: OccupantOf };

/**
 * Which room a message to a component is about. Few of them say so; then it is the room that the sender entered last:
 * who went to a breakout room means that one.
 */
export function senderRoom(session: Session, named?: string): Place | undefined {
  if (named !== undefined) return session.rooms.get(parseJid(named)?.bare ?? "");
  return [...session.rooms.values()].at(-1);
}
