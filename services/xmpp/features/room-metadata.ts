import { isDeepStrictEqual } from "node:util";
import type { Clock } from "@veche/kit/clock.ts";
import { parseJid } from "../codec/jid.ts";
import { readStartMuted } from "../codec/jitsi-presence.ts";
import { readMetadataChange, writeMetadata } from "../codec/jitsi-room-metadata.ts";
import { badRequest, type Outgoing, type StanzaError, stanzaError } from "../codec/rfc6120-stanza.ts";
import type { Element } from "../codec/xml/element.ts";
import { Rates } from "../domain/rates.ts";
import { type MetadataRefusal, refuseMetadata, startMutedOf } from "../domain/room-metadata.ts";
import type { Domains } from "../domains.ts";
import type { Limits } from "../limits.ts";
import type { RoomEvents } from "../rooms/room-events.ts";
import type { AllRoomHooks } from "../rooms/room-hooks.ts";
import type { Keeper } from "../state/keeper.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import type { Feature } from "./feature.ts";

type Given = {
  readonly domains: Domains;
  readonly hooks: AllRoomHooks;
  readonly events: RoomEvents;
  readonly keeper: Keeper;
  readonly clock: Clock;
  readonly limits: Limits;
};

const name = "metadata";
const startMuted = "startMuted";

const notInside = stanzaError("modify", "not-acceptable", "only who is in the room may do this");
const notModerator = stanzaError("auth", "forbidden", "only a moderator changes the room's metadata");
const tooFast = stanzaError("wait", "resource-constraint", "the room's metadata changes too often");

const refusals: Readonly<Record<MetadataRefusal, StanzaError>> = {
  name: badRequest("a key is letters, digits, - and _, at most 64"),
  reserved: stanzaError("cancel", "not-allowed", "only the server says this of a room"),
  content: badRequest("the value nests too deep, or names what can't be a name"),
  "too-big": stanzaError("modify", "policy-violation", "the room's metadata would be too big"),
  "too-many": stanzaError("modify", "policy-violation", "the room's metadata would have too many keys"),
};

/**
 * What everybody in a room knows of it: moderators say some of it, the server the rest. Whoever enters is told before
 * anything else, and everybody at each change.
 */
export class RoomMetadata {
  readonly #given: Given;
  readonly #host: string;
  readonly #byRoom = new WeakMap<RoomOf, Map<string, unknown>>();
  readonly #writes: Rates<OccupantOf>;
  readonly #legacy = new WeakMap<OccupantOf, string>();

  constructor(given: Given) {
    this.#given = given;
    this.#host = given.domains.component(name);
    this.#writes = new Rates(given.limits.metadata.writesPerMember);
  }

  feature(): Feature {
    return {
      domainIdentities: [{ category: "component", type: "room_metadata", name: this.#host }],
      hosts: { [this.#host]: { message: (session, _to, message) => this.#change(session, message) } },
      rooms: {
        name,
        welcome: (room, newcomer) => newcomer.receiver.send(this.#stanzaFor(room, newcomer)),
        entered: (room, occupant) => this.#convert(room, occupant),
        updated: (room, occupant) => this.#convert(room, occupant),
        policy: (room) => {
          const { audio, video } = startMutedOf(this.#of(room));
          return { startAudioMuted: audio, startVideoMuted: video };
        },
        restored: (room, items) => void this.#byRoom.set(room, new Map(items)),
      },
    };
  }

  get(room: RoomOf, key: string): unknown {
    return this.#of(room).get(key);
  }

  /** The server says something of a room; undefined takes it away. */
  set(room: RoomOf, key: string, value: unknown, by = ""): void {
    const metadata = this.#of(room);
    if (isDeepStrictEqual(metadata.get(key), value)) return;
    const before = startMutedOf(metadata);
    if (value === undefined) metadata.delete(key);
    else metadata.set(key, value);
    this.#given.keeper.keepItem(room, name, key, value);
    this.tell(room);
    if (!isDeepStrictEqual(before, startMutedOf(metadata))) this.#given.events.roomUpdated(room, ["start-muted"], by);
  }

  /** Everybody is told again: what one of them is told beside the rest has changed. */
  tell(room: RoomOf): void {
    const shared = this.#stanza(room, {});
    for (const occupant of room.occupants.values()) {
      const extra = this.#given.hooks.extraMetadata(room, occupant);
      occupant.receiver.send(Object.keys(extra).length > 0 ? this.#stanza(room, extra) : shared);
    }
  }

  #of(room: RoomOf): Map<string, unknown> {
    let metadata = this.#byRoom.get(room);
    if (!metadata) {
      metadata = new Map();
      this.#byRoom.set(room, metadata);
    }
    return metadata;
  }

  #stanzaFor(room: RoomOf, occupant: OccupantOf): Outgoing {
    return this.#stanza(room, this.#given.hooks.extraMetadata(room, occupant));
  }

  #stanza(room: RoomOf, extra: Readonly<Record<string, unknown>>): Outgoing {
    return writeMetadata(this.#host, room.address.jid, { ...Object.fromEntries(this.#of(room)), ...extra });
  }

  #change(session: Session, message: Element): StanzaError | undefined {
    const { clock, limits } = this.#given;
    const read = readMetadataChange(message);
    if (!read.ok) return read.error;
    const inside = session.rooms.get(parseJid(read.value.room)?.bare ?? "");
    if (!inside) return notInside;
    const { room, occupant } = inside;
    if (room.roleOf(occupant) !== "moderator") return notModerator;
    if (!this.#writes.take(occupant, clock.now())) return tooFast;
    const { key, data } = read.value;
    const refusal = refuseMetadata(this.#of(room), key, data, limits.metadata);
    if (refusal) return refusals[refusal];
    this.set(room, key, data ?? undefined, occupant.nick);
    return undefined;
  }

  /** COMPAT: older clients' moderators say in their presence that newcomers begin muted. Only what they change counts. */
  #convert(room: RoomOf, occupant: OccupantOf): void {
    const said = readStartMuted(occupant.payload);
    if (!said) return;
    const text = `${said.audio} ${said.video}`;
    if (this.#legacy.get(occupant) === text || room.roleOf(occupant) !== "moderator") return;
    this.#legacy.set(occupant, text);
    this.set(room, startMuted, said, occupant.nick);
  }
}
