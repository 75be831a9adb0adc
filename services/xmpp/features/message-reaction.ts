import type { Clock } from "@veche/kit/clock.ts";
import { messageStanza } from "../codec/jitsi-message.ts";
import { ns } from "../codec/namespaces.ts";
import { stanzaError } from "../codec/rfc6120-stanza.ts";
import { reactionsOf, readReactions, writeReactions } from "../codec/xep0444-reactions.ts";
import { el } from "../codec/xml/element.ts";
import { serialise } from "../codec/xml/serialise.ts";
import { Rates } from "../domain/rates.ts";
import type { Limits } from "../limits.ts";
import { type Permission, permits } from "../rooms/permissions.ts";
import { occupantJid } from "../rooms/room-stanzas.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { OccupantOf } from "../stream/session.ts";
import type { Feature } from "./feature.ts";
import type { Said } from "./message-kind.ts";

const notAllowed = stanzaError("cancel", "not-allowed", "you may not write here");
const tooFast = stanzaError("wait", "resource-constraint", "too many reactions");

type Given = {
  readonly rooms: Rooms;
  readonly clock: Clock;
  readonly limits: Limits;
};

/** Emoji below a message (XEP-0444): nothing but emoji gets through. */
export function messageReaction({ rooms, clock, limits }: Given): Feature {
  const rates = new Rates<OccupantOf>(limits.reactionsPerMember);
  const stanzaOf = ({ room, sender, message }: Said, permission: Permission) => {
    const reactions = reactionsOf(message);
    const read = reactions ? readReactions(reactions) : undefined;
    if (!read) return { ok: false, error: notAllowed } as const;
    if (!read.ok) return read;
    if (!permits(sender, permission)) return { ok: false, error: notAllowed } as const;
    if (!rates.take(sender, clock.now())) return { ok: false, error: tooFast } as const;
    const content = serialise(writeReactions(read.value)) + serialise(el("store", { xmlns: ns.hints }));
    return { ok: true, stanza: messageStanza(occupantJid(room, sender.nick), message, content) } as const;
  };
  return {
    messages: [
      {
        is: (message) => reactionsOf(message) !== undefined,
        toRoom: (said) => {
          const written = stanzaOf(said, "send-groupchat");
          if (!written.ok) return written.error;
          rooms.broadcast(said.room, written.stanza);
          return undefined;
        },
        toOccupant: (said, receiver) => {
          const written = stanzaOf(said, "send-private-message");
          if (!written.ok) return written.error;
          receiver.receiver.send(written.stanza);
          return undefined;
        },
      },
    ],
  };
}
