import type { Bus, Subscription } from "@veche/kit/bus.ts";
import type * as X from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { muc } from "@veche/proto/subjects.ts";
import type { Conferences } from "../conference/conferences.ts";
import type { RoomRef } from "../domain/conference.ts";
import type { Input } from "../domain/inputs.ts";
import type { Poll } from "../domain/polls.ts";
import { toOccupant, toPolicy, toRoomRef } from "./occupants.ts";

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
  const hear: Hear = (event, input) => {
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
        const { changed, policy, by } = event;
        hear(event, { type: "room-updated", changed, policy: toPolicy(policy), by });
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
    bus.subscribe(
      muc.messageSent,
      (event) => {
        const { endpoint, private: isPrivate, message, text, to } = event;
        hear(event, { type: "message-sent", sent: { endpoint, isPrivate, message, text, to } });
      },
      mine,
    ),
    ...hearLobby(bus, mine, hear),
    ...hearPolls(bus, mine, hear),
    ...hearBreakouts(bus, mine, hear, conferences),
    bus.subscribe(muc.serverUp, () => onServerUp(), mine),
  ];
}

type Hear = (event: Event, input: Input | undefined) => void;
type Mine = { readonly unit: string };

function hearLobby(bus: Bus, mine: Mine, hear: Hear): readonly Subscription[] {
  return [
    bus.subscribe(
      muc.lobbyEntered,
      (event) => {
        const { visitor } = event;
        hear(event, visitor && { type: "lobby-entered", visitor: toOccupant(visitor) });
      },
      mine,
    ),
    bus.subscribe(
      muc.lobbyLeft,
      (event) => {
        const { endpoint, reason, by } = event;
        hear(event, { type: "lobby-left", endpoint, reason, by });
      },
      mine,
    ),
  ];
}

function hearPolls(bus: Bus, mine: Mine, hear: Hear): readonly Subscription[] {
  return [
    bus.subscribe(
      muc.pollCreated,
      (event) => hear(event, event.poll && { type: "poll-created", poll: toPoll(event.poll) }),
      mine,
    ),
    bus.subscribe(
      muc.pollAnswered,
      (event) => hear(event, event.poll && { type: "poll-answered", poll: toPoll(event.poll) }),
      mine,
    ),
    bus.subscribe(
      muc.pollClosed,
      (event) => hear(event, event.poll && { type: "poll-closed", poll: toPoll(event.poll) }),
      mine,
    ),
  ];
}

function toPoll({ poll, question, options, result, voters }: X.Poll): Poll {
  return { poll, question, options, result, voters };
}

function hearBreakouts(bus: Bus, mine: Mine, hear: Hear, conferences: Conferences): readonly Subscription[] {
  return [
    bus.subscribe(
      muc.breakoutsCreated,
      (event) => {
        hear(event, { type: "breakouts-created", rooms: idsOf(event.breakouts), by: event.by });
      },
      mine,
    ),
    bus.subscribe(
      muc.breakoutAssigned,
      (event) => {
        const { endpoint, person, by, target } = event;
        const room = target?.room ?? "";
        hear(event, { type: "breakout-assigned", assignment: { endpoint, person, room }, by });
        const of = event.room?.room ?? "";
        conferences.tellBreakouts(of, { type: "sent-elsewhere", endpoint, destination: { room, by } });
      },
      mine,
    ),
    bus.subscribe(
      muc.breakoutsClosed,
      (event) => {
        hear(event, { type: "breakouts-closed", rooms: idsOf(event.breakouts), by: event.by });
      },
      mine,
    ),
  ];
}

function idsOf(refs: readonly RoomRef[]): readonly string[] {
  return refs.map(({ room }) => room);
}
