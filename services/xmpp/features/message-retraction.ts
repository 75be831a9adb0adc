import { messageStanza } from "../codec/jitsi-message.ts";
import { type StanzaError, stanzaError } from "../codec/rfc6120-stanza.ts";
import { readRetraction, retractionOf } from "../codec/xep0424-retraction.ts";
import { decideRetraction, type SentMessage, type SentMessages } from "../domain/sent-messages.ts";
import { occupantJid } from "../rooms/room-stanzas.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Keeper } from "../state/keeper.ts";
import type { OccupantOf, RoomOf } from "../stream/session.ts";
import type { Feature } from "./feature.ts";
import { authorOf } from "./message-chat.ts";
import type { Said } from "./message-kind.ts";

const notTheirs = stanzaError("auth", "forbidden", "only its author or a moderator takes a message back");
const unknown = stanzaError("cancel", "item-not-found", "there is no such message");

type Given = { readonly rooms: Rooms; readonly keeper: Keeper; readonly sent: SentMessages<RoomOf> };

/** Taking a message back (XEP-0424): nobody who comes later reads it. */
export function messageRetraction(given: Given): Feature {
  const { rooms, keeper } = given;
  return {
    messages: [
      {
        is: (message) => retractionOf(message) !== undefined,
        toRoom: (said) => {
          const { room, sender, message, content } = said;
          const decided = decide(given, said, undefined);
          if (!decided.ok) return decided.error;
          for (const entry of room.history.filter(({ id }) => id === decided.id)) {
            room.forget(entry);
            keeper.forgotten(room, entry);
          }
          rooms.broadcast(room, messageStanza(occupantJid(room, sender.nick), message, content));
          return undefined;
        },
        toOccupant: (said, receiver) => {
          const { room, sender, message, content } = said;
          const decided = decide(given, said, receiver);
          if (!decided.ok) return decided.error;
          receiver.receiver.send(messageStanza(occupantJid(room, sender.nick), message, content));
          return undefined;
        },
      },
    ],
  };
}

type Decided = { readonly ok: true; readonly id: string } | { readonly ok: false; readonly error: StanzaError };

function decide({ sent }: Given, { room, sender, message }: Said, receiver: OccupantOf | undefined): Decided {
  const retract = retractionOf(message);
  if (!retract) return { ok: false, error: unknown };
  const read = readRetraction(retract);
  if (!read.ok) return read;
  const id = read.value;
  const kept: readonly SentMessage[] = room.history.map(({ id, author }) => ({ id, author, to: "" }));
  const wanted = { id, author: authorOf(sender), to: receiver?.nick ?? "" };
  const decision = decideRetraction([...kept, ...sent.of(room)], wanted, room.roleOf(sender) === "moderator");
  if (decision === "allowed") return { ok: true, id };
  return { ok: false, error: decision === "forbidden" ? notTheirs : unknown };
}
