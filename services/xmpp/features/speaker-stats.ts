import type { Clock } from "@veche/kit/clock.ts";
import { readSpeakerReport, writeSpeakerStats } from "../codec/jitsi-speaker-stats.ts";
import { type StanzaError, stanzaError } from "../codec/rfc6120-stanza.ts";
import type { Element } from "../codec/xml/element.ts";
import { Rates } from "../domain/rates.ts";
import { enter, isWorthTelling, leave, type Speaker, type Speakers, showFace, speak } from "../domain/speaker-stats.ts";
import type { Domains } from "../domains.ts";
import type { Limits } from "../limits.ts";
import type { Keeper } from "../state/keeper.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import type { Feature } from "./feature.ts";
import { senderRoom } from "./sender-room.ts";

const notInside = stanzaError("modify", "not-acceptable", "only who is in the room may do this");
const tooFast = stanzaError("wait", "resource-constraint", "too many reports");

type Given = {
  readonly keeper: Keeper;
  readonly domains: Domains;
  readonly clock: Clock;
  readonly limits: Limits;
};

/**
 * How long everybody in a room has spoken, for who comes later. Whoever becomes the dominant speaker says so; nobody can
 * say it of another.
 */
export function speakerStats(given: Given): Feature {
  return new SpeakerStats(given).feature();
}

class SpeakerStats {
  readonly #given: Given;
  readonly #name = "speaker-stats";
  readonly #host: string;
  readonly #byRoom = new WeakMap<RoomOf, Speakers>();
  readonly #reports: Rates<OccupantOf>;

  constructor(given: Given) {
    this.#given = given;
    this.#host = given.domains.component("speakerstats");
    this.#reports = new Rates(given.limits.speakerStats.commandsPerMember);
  }

  feature(): Feature {
    return {
      domainIdentities: [{ category: "component", type: "speakerstats", name: this.#host }],
      hosts: {
        [this.#host]: { message: (session, _to, message) => this.#receive(session, message) },
      },
      rooms: {
        name: this.#name,
        entered: (room, occupant) => this.#entered(room, occupant),
        enteredAgain: (room, occupant) => this.#tell(room, occupant),
        left: (room, { nick, facts }) => {
          this.#change(room, leave(this.#of(room), nick, facts.displayName, this.#given.clock.now()));
        },
        destroyed: (room) => void this.#byRoom.delete(room),
        restored: (room, items) => this.#restore(room, items),
      },
    };
  }

  #receive(session: Session, message: Element): StanzaError | undefined {
    const { clock, limits } = this.#given;
    const read = readSpeakerReport(message);
    if (!read.ok) return read.error;
    const report = read.value;
    const inside = senderRoom(session, report.room);
    if (!inside) return notInside;
    const { room, occupant } = inside;
    const now = clock.now();
    if (!this.#reports.take(occupant, now)) return tooFast;
    const { nick } = occupant;
    if (!this.#of(room).has(nick)) this.#enter(room, occupant);
    const speakers = this.#of(room);
    if (report.type === "speaks") this.#change(room, speak(speakers, nick, report.isSilent, now));
    else this.#change(room, showFace(speakers, nick, report.face, limits.speakerStats));
    return undefined;
  }

  #entered(room: RoomOf, occupant: OccupantOf): void {
    this.#tell(room, occupant);
    this.#enter(room, occupant);
  }

  #enter(room: RoomOf, { nick, facts, receiver }: OccupantOf): void {
    const { domains, limits } = this.#given;
    if (receiver.jid.domain === domains.hidden) return;
    const who = { nick, person: receiver.identity.person, name: facts.displayName };
    this.#change(room, enter(this.#of(room), who, limits.speakerStats));
  }

  #tell(room: RoomOf, newcomer: OccupantOf): void {
    const { clock, limits } = this.#given;
    const now = clock.now();
    const told = [...this.#of(room).values()]
      .filter(isWorthTelling)
      .map((speaker) => ({ ...speaker, name: room.occupants.get(speaker.nick)?.facts.displayName ?? speaker.name }));
    for (const message of writeSpeakerStats(this.#host, told, now, limits.listCharacters))
      newcomer.receiver.send(message);
  }

  #of(room: RoomOf): Speakers {
    return this.#byRoom.get(room) ?? new Map();
  }

  /** Keeps what is not as before. */
  #change(room: RoomOf, next: Speakers): void {
    const { keeper } = this.#given;
    const before = this.#of(room);
    this.#byRoom.set(room, next);
    for (const [nick, speaker] of next) {
      const old = before.get(nick);
      if (old === speaker) continue;
      if (isWorthTelling(speaker)) keeper.keepItem(room, this.#name, nick, speaker);
      else if (old && isWorthTelling(old)) keeper.keepItem(room, this.#name, nick, undefined);
    }
    for (const [nick, old] of before) {
      if (!next.has(nick) && isWorthTelling(old)) keeper.keepItem(room, this.#name, nick, undefined);
    }
  }

  #restore(room: RoomOf, items: ReadonlyMap<string, unknown>): void {
    const speakers = [...items.values()] as Speaker[];
    this.#byRoom.set(room, new Map(speakers.map((speaker) => [speaker.nick, speaker])));
  }
}
