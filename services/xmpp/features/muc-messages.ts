import type { Clock } from "@veche/kit/clock.ts";
import type { Jid } from "../codec/jid.ts";
import { messageStanza, relayedContent } from "../codec/jitsi-message.ts";
import { type StanzaError, stanzaError } from "../codec/rfc6120-stanza.ts";
import type { Element } from "../codec/xml/element.ts";
import { Rates } from "../domain/rates.ts";
import { focusNick } from "../domain/room.ts";
import type { Limits } from "../limits.ts";
import { occupantJid } from "../rooms/room-stanzas.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import type { Feature } from "./feature.ts";
import type { MessageKind, Said } from "./message-kind.ts";
import { refuseStanza } from "./refuse.ts";

const notInRoom = stanzaError("modify", "not-acceptable", "only who is in the room may speak in it");
const noSuchRoom = stanzaError("cancel", "item-not-found");
const misdirected = stanzaError("modify", "bad-request", "groupchat goes to the room");
const tooBig = stanzaError("modify", "policy-violation", "the message is too big");
const tooFast = stanzaError("wait", "resource-constraint", "too many messages");
const unsupported = stanzaError("cancel", "feature-not-implemented");

type Given = {
  readonly rooms: Rooms;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly features: readonly Feature[];
};

/** Messages to rooms and between their occupants (XEP-0045 sections 7.4, 7.5). What they are about is the features'. */
export class MucMessages {
  readonly #given: Given;
  readonly #kinds: readonly MessageKind[];
  readonly #perMember: Rates<OccupantOf>;
  readonly #perRoom: Rates<RoomOf>;

  constructor(given: Given) {
    this.#given = given;
    this.#kinds = [...given.features.flatMap(({ messages }) => messages ?? []), relaying(given.rooms)];
    this.#perMember = new Rates(given.limits.messagesPerMember);
    this.#perRoom = new Rates(given.limits.messagesPerRoom);
  }

  receive(session: Session, to: Jid, message: Element): void {
    if (message.attrs.type === "error") return;
    const error = this.#receive(session, to, message);
    if (error) refuseStanza(session, message, to.full, error);
  }

  #receive(session: Session, to: Jid, message: Element): StanzaError | undefined {
    const { limits } = this.#given;
    const { type } = message.attrs;
    const isToRoom = to.resource === "";
    const inside = session.rooms.get(to.bare);
    // Whether there is such a room is nobody's business who is not in it.
    if (!inside) return notInRoom;
    if (to.resource === focusNick) return undefined;
    if (isToRoom !== (type === "groupchat")) return isToRoom ? unsupported : misdirected;
    const content = relayedContent(message);
    if (Buffer.byteLength(content) > limits.messageBytes) return tooBig;
    if (!this.#maySpeak(inside.room, inside.occupant)) return tooFast;
    const said: Said = { room: inside.room, sender: inside.occupant, message, content };
    const kind = this.#kinds.find(({ is }) => is(message));
    if (isToRoom) return kind?.toRoom(said);
    const receiver = inside.room.occupants.get(to.resource);
    return receiver ? kind?.toOccupant(said, receiver) : noSuchRoom;
  }

  #maySpeak(room: RoomOf, occupant: OccupantOf): boolean {
    const now = this.#given.clock.now();
    return this.#perMember.take(occupant, now) && this.#perRoom.take(room, now);
  }
}

/** What no feature claims is passed on as it is. */
function relaying(rooms: Rooms): MessageKind {
  return {
    is: () => true,
    toRoom: ({ room, sender, message, content }) => {
      rooms.broadcast(room, messageStanza(occupantJid(room, sender.nick), message, content));
      return undefined;
    },
    toOccupant: ({ room, sender, message, content }, receiver) => {
      receiver.receiver.send(messageStanza(occupantJid(room, sender.nick), message, content));
      return undefined;
    },
  };
}
