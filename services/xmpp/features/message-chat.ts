import type { Clock } from "@veche/kit/clock.ts";
import type { LiveSettingsWatch } from "@veche/kit/live-settings.ts";
import { cut } from "../codec/cut.ts";
import { messageStanza, writeDisplayName } from "../codec/jitsi-message.ts";
import { ns } from "../codec/namespaces.ts";
import { stanzaError } from "../codec/rfc6120-stanza.ts";
import { childOf, type Element } from "../codec/xml/element.ts";
import type { SentMessages } from "../domain/sent-messages.ts";
import type { Limits } from "../limits.ts";
import { permits } from "../rooms/permissions.ts";
import type { RoomEvents } from "../rooms/room-events.ts";
import { occupantJid } from "../rooms/room-stanzas.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Keeper } from "../state/keeper.ts";
import { personOf } from "../stream/identity.ts";
import type { OccupantOf, RoomOf } from "../stream/session.ts";
import type { Feature } from "./feature.ts";
import type { Said } from "./message-kind.ts";

const noChat = stanzaError("cancel", "not-allowed", "you may not write to everybody here");
const noPrivateChat = stanzaError("cancel", "not-allowed", "you may not write to one person here");

type Given = {
  readonly rooms: Rooms;
  readonly events: RoomEvents;
  readonly keeper: Keeper;
  readonly settings: LiveSettingsWatch;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly sent: SentMessages<RoomOf>;
};

/** Text to all, which who comes later reads too, and to one, which is never kept (XEP-0045 sections 7.4, 7.5). */
export function messageChat(given: Given): Feature {
  const { rooms, settings } = given;
  return {
    messages: [
      {
        is: (message) => childOf(message, "body") !== undefined,
        toRoom: (said) => {
          const { room, sender, message, content } = said;
          if (!permits(sender, "send-groupchat")) return noChat;
          rooms.broadcast(room, messageStanza(occupantJid(room, sender.nick), message, content));
          if (!childOf(message, "no-store", ns.hints)) remember(given, said);
          note(given, said, undefined);
          return undefined;
        },
        toOccupant: (said, receiver) => {
          const { room, sender, message, content } = said;
          if (!settings.current.privateChat || !permits(sender, "send-private-message")) return noPrivateChat;
          receiver.receiver.send(messageStanza(occupantJid(room, sender.nick), message, content));
          note(given, said, receiver);
          return undefined;
        },
      },
    ],
  };
}

export function messageId(message: Element): string {
  return cut(message.attrs.id, 256);
}

export function authorOf(sender: OccupantOf): string {
  return personOf(sender.receiver.identity, sender.bareJid);
}

function remember({ keeper, clock, limits }: Given, { room, sender, message, content }: Said): void {
  const name = sender.facts.displayName;
  const payload = name === "" ? content : content + writeDisplayName(name);
  const from = occupantJid(room, sender.nick);
  const entry = { from, id: messageId(message), payload, sentMs: clock.now(), author: authorOf(sender) };
  keeper.remembered(room, room.remember(entry, limits.history));
}

/** Says that somebody wrote. The text leaves the process only while the operator keeps chats. */
function note({ events, settings, sent }: Given, { room, sender, message }: Said, receiver: OccupantOf | undefined) {
  const id = messageId(message);
  sent.note(room, { id, author: authorOf(sender), to: receiver?.nick ?? "" });
  const isPrivate = receiver !== undefined;
  if (settings.current.keepChatDays === 0) return events.messageSent(room, sender.nick, { private: isPrivate });
  const text = childOf(message, "body")?.getText() ?? "";
  events.messageSent(room, sender.nick, { private: isPrivate, text, message: id, to: receiver?.nick ?? "" });
}
