import { jsonMessageOf, readJsonMessage } from "../codec/jitsi-json-message.ts";
import { messageStanza } from "../codec/jitsi-message.ts";
import { type StanzaError, stanzaError } from "../codec/rfc6120-stanza.ts";
import { occupantJid } from "../rooms/room-stanzas.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Feature } from "./feature.ts";
import type { Said } from "./message-kind.ts";

/** In the name of a moderator, and clients believe it: only the server says this. */
const serverTypes: readonly unknown[] = ["lobby-notify"];
const serverOnly = stanzaError("auth", "forbidden", "only the server says this");

/** JSON of the apps: subtitles, commands, whatever they agree on. It is passed on, never kept. */
export function messageJson({ rooms }: { readonly rooms: Rooms }): Feature {
  return {
    messages: [
      {
        is: (message) => jsonMessageOf(message) !== undefined,
        toRoom: (said) => {
          const { room, sender, message, content } = said;
          const error = faultOf(said);
          if (!error) rooms.broadcast(room, messageStanza(occupantJid(room, sender.nick), message, content));
          return error;
        },
        toOccupant: (said, receiver) => {
          const { room, sender, message, content } = said;
          const error = faultOf(said);
          if (!error) receiver.receiver.send(messageStanza(occupantJid(room, sender.nick), message, content));
          return error;
        },
      },
    ],
  };
}

function faultOf({ message }: Said): StanzaError | undefined {
  const read = readJsonMessage(message);
  if (!read.ok) return read.error;
  return serverTypes.includes(read.value.type) ? serverOnly : undefined;
}
