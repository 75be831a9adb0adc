import type { Clock } from "@veche/kit/clock.ts";
import {
  type ModerationRequest,
  moderationDecided,
  moderationLists,
  moderationSwitched,
  readModeration,
} from "../codec/jitsi-av-moderation.ts";
import { type JsonObject, writeJsonMessage } from "../codec/jitsi-json-message.ts";
import { type StanzaError, stanzaError } from "../codec/rfc6120-stanza.ts";
import type { Element } from "../codec/xml/element.ts";
import {
  type Media,
  type Moderation,
  type ModerationEffect,
  type ModerationInput,
  mediaNames,
  moderate,
} from "../domain/av-moderation.ts";
import { Rates } from "../domain/rates.ts";
import type { Domains } from "../domains.ts";
import type { Limits } from "../limits.ts";
import type { RoomEvents } from "../rooms/room-events.ts";
import type { Keeper } from "../state/keeper.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import type { Feature } from "./feature.ts";
import { type Place, senderRoom } from "./sender-room.ts";

type Given = {
  readonly domains: Domains;
  readonly events: RoomEvents;
  readonly keeper: Keeper;
  readonly clock: Clock;
  readonly limits: Limits;
};

const name = "av-moderation";
const notInside = stanzaError("modify", "not-acceptable", "only who is in the room may do this");
const notModerator = stanzaError("auth", "forbidden", "only a moderator decides who may unmute");
const notModerated = stanzaError("wait", "unexpected-request", "this is not moderated");
const notFound = stanzaError("cancel", "item-not-found", "nobody of this name is in the room");
const tooFast = stanzaError("wait", "resource-constraint", "too many at once");

/**
 * Microphone, camera and screen only with a moderator's leave. Here it is decided who has it; the focus reads it from
 * the room's policy and has the bridge block the others.
 */
export function avModeration(given: Given): Feature {
  const host = given.domains.component("avmoderation");
  const moderators = new Moderators(given, host);
  return {
    domainIdentities: [{ category: "component", type: "av_moderation", name: host }],
    hosts: { [host]: { message: (session, _to, message) => moderators.receive(session, message) } },
    rooms: {
      name,
      entered: (room, occupant) => moderators.tellState(room, occupant),
      enteredAgain: (room, occupant) => moderators.tellState(room, occupant),
      left: (room, { nick }) => void moderators.step(room, { type: "left", endpoint: nick }, ""),
      affiliationChanged: (room, bareJid) => {
        for (const occupant of room.withBareJid(bareJid)) moderators.tellLists(room, occupant);
      },
      policy: (room) => ({ avModeration: moderators.policy(room) }),
      restored: (room, items) => moderators.restore(room, items),
    },
  };
}

type Kept = { readonly by: string; readonly allowed: readonly string[] };

class Moderators {
  readonly #given: Given;
  readonly #host: string;
  readonly #byRoom = new WeakMap<RoomOf, Moderation>();
  readonly #rates: Rates<OccupantOf>;

  constructor(given: Given, host: string) {
    this.#given = given;
    this.#host = host;
    this.#rates = new Rates(given.limits.moderationPerMember);
  }

  receive(session: Session, message: Element): StanzaError | undefined {
    const read = readModeration(message);
    return read.ok ? this.#obey(session, read.value) : read.error;
  }

  #obey(session: Session, request: ModerationRequest): StanzaError | undefined {
    const place = senderRoom(session, request.type === "switch" ? undefined : request.room);
    if (!place) return notInside;
    const { room, occupant } = place;
    if (room.roleOf(occupant) !== "moderator") return notModerator;
    if (!this.#rates.take(occupant, this.#given.clock.now())) return tooFast;
    return request.type === "switch" ? this.#switch(place, request) : this.#list(place, request);
  }

  #switch({ room, occupant: { nick } }: Place, { media, isOn }: ModerationRequest & { type: "switch" }): undefined {
    this.step(room, { type: isOn ? "switched-on" : "switched-off", media, by: nick }, nick);
  }

  #list(
    { room, occupant: { nick } }: Place,
    { type, media, endpoint }: ModerationRequest & { type: "allow" | "disallow" },
  ): StanzaError | undefined {
    const target = room.occupants.get(endpoint);
    if (!target) return notFound;
    if (!this.#of(room).has(media)) {
      if (type === "disallow") return notModerated;
      // COMPAT: so Jitsi's moderators ask somebody to unmute where nothing is moderated.
      this.#tell(target, moderationDecided(room.address.jid, media, true));
      return undefined;
    }
    this.step(room, { type: type === "allow" ? "allowed" : "disallowed", media, endpoint }, nick);
    return undefined;
  }

  step(room: RoomOf, input: ModerationInput, by: string): void {
    const { moderation, effects } = moderate(this.#of(room), input);
    if (effects.length === 0) return;
    this.#byRoom.set(room, moderation);
    for (const media of mediaNames) this.#keep(room, media);
    for (const effect of effects) this.#perform(room, effect);
    this.#given.events.roomUpdated(room, ["moderation"], by);
  }

  /** To who came in. */
  tellState(room: RoomOf, occupant: OccupantOf): void {
    for (const [media, { by }] of this.#of(room)) {
      this.#tell(occupant, moderationSwitched(room.address.jid, media, true, by));
    }
    this.tellLists(room, occupant);
  }

  /** To a moderator, old or new. */
  tellLists(room: RoomOf, occupant: OccupantOf): void {
    if (room.roleOf(occupant) !== "moderator") return;
    const moderation = this.#of(room);
    for (const media of moderation.keys()) {
      this.#tell(occupant, moderationLists(room.address.jid, media, moderation, false));
    }
  }

  policy(room: RoomOf) {
    return [...this.#of(room)].map(([media, { by, allowed }]) => ({ media, by, allowed: [...allowed] }));
  }

  restore(room: RoomOf, items: ReadonlyMap<string, unknown>): void {
    const moderation = new Map<Media, { by: string; allowed: ReadonlySet<string> }>();
    for (const media of mediaNames) {
      const kept = items.get(media) as Kept | undefined;
      if (kept) moderation.set(media, { by: kept.by, allowed: new Set(kept.allowed) });
    }
    this.#byRoom.set(room, moderation);
  }

  #of(room: RoomOf): Moderation {
    return this.#byRoom.get(room) ?? none;
  }

  #keep(room: RoomOf, media: Media): void {
    const moderated = this.#of(room).get(media);
    const kept: Kept | undefined = moderated && { by: moderated.by, allowed: [...moderated.allowed] };
    this.#given.keeper.keepItem(room, name, media, kept);
  }

  #perform(room: RoomOf, effect: ModerationEffect): void {
    const { jid } = room.address;
    const { media } = effect;
    if (effect.type === "tell-endpoint") {
      const occupant = room.occupants.get(effect.endpoint);
      if (occupant) this.#tell(occupant, moderationDecided(jid, media, effect.isAllowed));
      return;
    }
    const isForAll = effect.type === "tell-all";
    const said = isForAll
      ? moderationSwitched(jid, media, effect.isOn, effect.by)
      : moderationLists(jid, media, this.#of(room), effect.isRemoval);
    const stanza = writeJsonMessage(this.#host, said);
    for (const occupant of room.occupants.values()) {
      if (isForAll || room.roleOf(occupant) === "moderator") occupant.receiver.send(stanza);
    }
  }

  #tell({ receiver }: OccupantOf, said: JsonObject): void {
    receiver.send(writeJsonMessage(this.#host, said));
  }
}

const none: Moderation = new Map();
