import type { Clock } from "@veche/kit/clock.ts";
import { cut } from "../codec/cut.ts";
import type { Jid } from "../codec/jid.ts";
import { ns } from "../codec/namespaces.ts";
import { errorReply, type Outgoing, type StanzaError, stanzaError, write } from "../codec/rfc6120-stanza.ts";
import { childOf, Element } from "../codec/xml/element.ts";
import { serialise } from "../codec/xml/serialise.ts";
import { focusNick, type HistoryEntry } from "../domain/room.ts";
import { TokenBucket } from "../domain/token-bucket.ts";
import type { Limits } from "../limits.ts";
import type { RoomEvents } from "../rooms/room-events.ts";
import { occupantJid, subjectStanza } from "../rooms/room-stanzas.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";

const hints = "urn:xmpp:hints";
const notInRoom = stanzaError("modify", "not-acceptable", "only who is in the room may speak in it");
const noSuchRoom = stanzaError("cancel", "item-not-found");
const tooBig = stanzaError("modify", "policy-violation", "the message is too big");
const tooFast = stanzaError("wait", "resource-constraint", "too many messages");
const notModerator = stanzaError("auth", "forbidden", "only a moderator sets the subject");
const unsupported = stanzaError("cancel", "feature-not-implemented");

type Given = {
  readonly rooms: Rooms;
  readonly events: RoomEvents;
  readonly clock: Clock;
  readonly limits: Limits;
  /** A message to be kept for who comes later. */
  readonly remembered: (room: RoomOf, entry: HistoryEntry) => void;
};

/** Chat, to all and to one; subject; json-messages, reactions and whatever else apps send (XEP-0045 sections 7.4, 7.5, 8.1). */
export class MucMessages {
  readonly #given: Given;
  readonly #perMember = new WeakMap<OccupantOf, TokenBucket>();
  readonly #perRoom = new WeakMap<RoomOf, TokenBucket>();

  constructor(given: Given) {
    this.#given = given;
  }

  receive(session: Session, to: Jid, message: Element) {
    const { type } = message.attrs;
    if (type === "error") return;
    const inside = session.rooms.get(to.bare);
    if (!inside) return refuse(session, to, message, this.#given.rooms.get(to.bare) ? notInRoom : noSuchRoom);
    const { room, occupant } = inside;
    if (to.resource === focusNick) return;
    if (to.resource === "" && type !== "groupchat") return refuse(session, to, message, unsupported);
    if (to.resource !== "" && type === "groupchat") {
      return refuse(session, to, message, stanzaError("modify", "bad-request", "groupchat goes to the room"));
    }
    const payload = contentOf(message);
    if (Buffer.byteLength(payload) > this.#given.limits.messageBytes) return refuse(session, to, message, tooBig);
    if (!this.#maySpeak(room, occupant)) return refuse(session, to, message, tooFast);
    if (to.resource !== "") return this.#private(room, occupant, to, message, payload);
    if (childOf(message, "subject") && !childOf(message, "body")) return this.#subject(room, occupant, to, message);
    this.#public(room, occupant, message, payload);
  }

  #public(room: RoomOf, occupant: OccupantOf, message: Element, payload: string): void {
    const { rooms, events, clock, limits, remembered } = this.#given;
    const from = occupantJid(room, occupant.nick);
    rooms.broadcast(room, messageStanza(from, message, payload));
    const hasBody = childOf(message, "body") !== undefined;
    if ((hasBody || childOf(message, "retract")) && !childOf(message, "no-store", hints)) {
      const id = cut(message.attrs.id, 256);
      remembered(room, room.remember({ from, id, payload, sentMs: clock.now() }, limits.history));
    }
    if (hasBody) events.messageSent(room, occupant.nick, { private: false });
  }

  #private(room: RoomOf, occupant: OccupantOf, to: Jid, message: Element, payload: string) {
    const target = room.occupants.get(to.resource);
    if (!target) return refuse(occupant.receiver, to, message, noSuchRoom);
    target.receiver.send(messageStanza(occupantJid(room, occupant.nick), message, payload));
    if (childOf(message, "body")) this.#given.events.messageSent(room, occupant.nick, { private: true });
  }

  #subject(room: RoomOf, occupant: OccupantOf, to: Jid, message: Element) {
    const { rooms, limits } = this.#given;
    if (room.roleOf(occupant) !== "moderator") return refuse(occupant.receiver, to, message, notModerator);
    const subject = childOf(message, "subject")?.getText() ?? "";
    if (subject.length > limits.subjectLength) return refuse(occupant.receiver, to, message, tooBig);
    rooms.setSubject(room, subject, occupantJid(room, occupant.nick));
    rooms.broadcast(room, subjectStanza(room));
  }

  #maySpeak(room: RoomOf, occupant: OccupantOf): boolean {
    const { clock, limits } = this.#given;
    const now = clock.now();
    const member = this.#perMember.get(occupant) ?? new TokenBucket(limits.messagesPerMember, now);
    const all = this.#perRoom.get(room) ?? new TokenBucket(limits.messagesPerRoom, now);
    this.#perMember.set(occupant, member);
    this.#perRoom.set(room, all);
    return member.take(now) && all.take(now);
  }
}

function messageStanza(from: string, message: Element, payload: string): Outgoing {
  const { type, id } = message.attrs;
  return write("message", { from, type, id, "xml:lang": message.attrs["xml:lang"] }, payload);
}

/** The children as relayed: without what only the server says, and with the namespace that readers of replies expect. */
function contentOf(message: Element): string {
  let content = "";
  for (const child of message.children) {
    if (!(child instanceof Element)) continue;
    const namespace = child.getNS();
    if (child.name === "nick" || child.name === "delay" || namespace === ns.mucUser) continue;
    // COMPAT: lib-jitsi-meet sends <reply> without a namespace and looks for it with one.
    if (child.name === "reply" && namespace !== ns.reply) child.attrs.xmlns = ns.reply;
    content += serialise(child);
  }
  return content;
}

function refuse(session: Session, to: Jid, message: Element, error: StanzaError): void {
  const reply = errorReply(message, to.full, error);
  if (reply) session.send(reply);
}
