import { writeSettingsError } from "../codec/jitsi-message.ts";
import { errorElement, type StanzaError, stanzaError, write } from "../codec/rfc6120-stanza.ts";
import { childOf } from "../codec/xml/element.ts";
import { serialise } from "../codec/xml/serialise.ts";
import type { Limits } from "../limits.ts";
import { occupantJid, subjectStanza } from "../rooms/room-stanzas.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Feature } from "./feature.ts";
import type { Said } from "./message-kind.ts";

const notModerator = stanzaError("auth", "forbidden", "only a moderator sets the subject");
const tooLong = stanzaError("modify", "policy-violation", "the subject is too long");
const misdirected = stanzaError("modify", "bad-request", "a subject is the room's");

/** What the meeting is about (XEP-0045 section 8.1). */
export function messageSubject({ rooms, limits }: { readonly rooms: Rooms; readonly limits: Limits }): Feature {
  const change = (said: Said) => {
    const { room, sender, message } = said;
    if (room.roleOf(sender) !== "moderator") return refuse(said, notModerator);
    const subject = childOf(message, "subject")?.getText() ?? "";
    if (subject.length > limits.subjectLength) return refuse(said, tooLong);
    rooms.setSubject(room, subject, occupantJid(room, sender.nick));
    rooms.broadcast(room, subjectStanza(room));
  };
  return {
    messages: [
      {
        is: (message) => childOf(message, "subject") !== undefined && childOf(message, "body") === undefined,
        toRoom: (said) => {
          change(said);
          return undefined;
        },
        toOccupant: () => misdirected,
      },
    ],
  };
}

/** The error twice: for XMPP clients, and as Jitsi's clients show what went wrong with the settings of a room. */
function refuse({ room, sender, message }: Said, error: StanzaError): void {
  const attributes = { type: "error", id: message.attrs.id, from: room.address.jid };
  const content = serialise(errorElement(error)) + writeSettingsError(error.text ?? error.condition);
  sender.receiver.send(write("message", attributes, content));
}
