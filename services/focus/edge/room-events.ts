import type { Bus, Subscription } from "@veche/kit/bus.ts";
import { muc } from "@veche/proto/subjects.ts";
import type { Conferences } from "../conference/conferences.ts";
import type { RoomRef } from "../domain/conference.ts";
import type { Input } from "../domain/inputs.ts";
import { toOccupant, toRoomRef } from "./occupants.ts";

export type RoomEventsGiven = {
  readonly bus: Bus;
  readonly unit: string;
  readonly conferences: Conferences;
  /** Somebody is in a room that nobody asked to be opened. */
  readonly onUnknown: (ref: RoomRef) => void;
  readonly onServerUp: () => void;
};

type Event = { readonly room?: RoomRef; readonly roomSeq: bigint };

/** Hears the XMPP server's rooms. */
export function hearRooms({ bus, unit, conferences, onUnknown, onServerUp }: RoomEventsGiven): readonly Subscription[] {
  const mine = { unit };
  const hear = (event: Event, input: Input | undefined) => {
    const ref = toRoomRef(event.room);
    if (!ref || !input) return;
    const room = conferences.room(ref.room);
    if (room) room.order.hear(Number(event.roomSeq), input);
    else if (input.type === "occupant-joined") onUnknown(ref);
  };
  return [
    bus.subscribe(
      muc.occupantJoined,
      (event) => {
        const { occupant } = event;
        hear(event, occupant && { type: "occupant-joined", occupant: toOccupant(occupant) });
      },
      mine,
    ),
    bus.subscribe(
      muc.occupantUpdated,
      (event) => {
        const { occupant } = event;
        hear(event, occupant && { type: "occupant-updated", occupant: toOccupant(occupant) });
      },
      mine,
    ),
    bus.subscribe(
      muc.occupantInterrupted,
      (event) => {
        hear(event, { type: "occupant-interrupted", endpoint: event.endpoint });
      },
      mine,
    ),
    bus.subscribe(
      muc.occupantResumed,
      (event) => {
        hear(event, { type: "occupant-resumed", endpoint: event.endpoint });
      },
      mine,
    ),
    bus.subscribe(
      muc.occupantLeft,
      (event) => {
        const { endpoint, reason, by } = event;
        hear(event, { type: "occupant-left", endpoint, reason, by });
      },
      mine,
    ),
    bus.subscribe(
      muc.roomUpdated,
      (event) => {
        hear(event, { type: "room-updated", changed: event.changed });
      },
      mine,
    ),
    bus.subscribe(
      muc.roomDestroyed,
      (event) => {
        const { reason, by } = event;
        hear(event, { type: "room-destroyed", reason, by });
      },
      mine,
    ),
    bus.subscribe(muc.messageSent, (event) => hear(event, { type: "message-sent" }), mine),
    bus.subscribe(muc.serverUp, () => onServerUp(), mine),
  ];
}
