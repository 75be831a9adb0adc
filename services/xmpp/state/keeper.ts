import type { HistoryEntry } from "../domain/room.ts";
import type { RoomsKeeper } from "../rooms/rooms.ts";
import type { Login } from "../sasl/logins.ts";
import type { BoshRestored } from "../stream/bosh-stream.ts";
import type { OccupantOf, RoomOf, Session, SessionChange } from "../stream/session.ts";
import {
  featureRecord,
  historyRecord,
  type Keys,
  keysOf,
  loginRecord,
  occupantRecord,
  roomRecord,
  sessionRecord,
} from "./records.ts";
import type { Stored, Urgency, WriteBehind } from "./write-behind.ts";

/** How long a client that resumes waits for its record; NATS may be away. */
const keepMs = 500;

const urgencyOf: Readonly<Record<SessionChange, Urgency>> = {
  opened: "now",
  // Worked on twice, it would be said twice.
  "message-received": "now",
  received: "soon",
  // Nobody holds it but us, but the whole queue is written each time.
  queued: "queued",
  sent: "lazily",
  acknowledged: "lazily",
};

/** What a feature keeps something of: a room, or a place of its own that has an address like one. */
type Place = Pick<RoomOf, "address">;

type FeatureItem = { value: unknown; readonly stored: Stored };

/** What is kept of sessions and rooms, and when. */
export class Keeper implements RoomsKeeper {
  readonly #writeBehind: WriteBehind;
  readonly #historySlots: number;
  readonly #keyOf: Keys;
  readonly #boshStateOf: (session: Session) => BoshRestored | undefined;
  readonly #sessions = new WeakMap<Session, Stored>();
  readonly #rooms = new WeakMap<RoomOf, Stored>();
  readonly #occupants = new WeakMap<OccupantOf, Stored>();
  readonly #gone = new WeakSet<Place>();
  readonly #features = new WeakMap<Place, Map<string, FeatureItem>>();

  constructor(
    writeBehind: WriteBehind,
    limits: { readonly historySlots: number; readonly unit: string },
    boshStateOf: (session: Session) => BoshRestored | undefined,
  ) {
    this.#writeBehind = writeBehind;
    this.#historySlots = limits.historySlots;
    this.#keyOf = keysOf(limits.unit);
    this.#boshStateOf = boshStateOf;
  }

  sessionChanged(session: Session, change: SessionChange): void {
    if (session.id === "") return;
    this.#writeBehind.mark(this.#storedSession(session), urgencyOf[change]);
  }

  sessionGone(session: Session): void {
    if (session.id !== "") this.#writeBehind.mark(this.#storedSession(session), "soon");
  }

  async keep(session: Session): Promise<void> {
    if (session.id !== "") await this.#writeBehind.flush(this.#storedSession(session), keepMs);
  }

  roomChanged(room: RoomOf): void {
    if (!this.#gone.has(room)) this.#writeBehind.mark(this.#storedRoom(room), "now");
  }

  roomGone(room: RoomOf): void {
    this.#gone.add(room);
    this.#writeBehind.mark(this.#storedRoom(room), "now");
    for (const { number } of room.history) {
      const key = this.#keyOf.history(room.address, number % this.#historySlots);
      this.#writeBehind.mark({ key, render: () => undefined }, "soon");
    }
    for (const { stored } of this.#features.get(room)?.values() ?? []) this.#writeBehind.mark(stored, "soon");
  }

  /** What a feature keeps of a room; undefined removes the item. Items are named with letters, digits, `-` and `_`. */
  keepItem(room: Place, feature: string, item: string, value: unknown): void {
    const items = this.#features.get(room) ?? new Map<string, FeatureItem>();
    this.#features.set(room, items);
    const key = this.#keyOf.feature(room.address, feature, item);
    const kept = items.get(key) ?? this.#newItem(room, feature, item, key);
    kept.value = value;
    if (value === undefined) items.delete(key);
    else items.set(key, kept);
    this.#writeBehind.mark(kept.stored, "now");
  }

  /** Items that a process before this one wrote. */
  adoptItems(room: Place, features: ReadonlyMap<string, ReadonlyMap<string, unknown>>): void {
    const adopted = new Map<string, FeatureItem>();
    for (const [feature, items] of features) {
      for (const [item, value] of items) {
        const key = this.#keyOf.feature(room.address, feature, item);
        const kept = this.#newItem(room, feature, item, key);
        kept.value = value;
        adopted.set(key, kept);
      }
    }
    this.#features.set(room, adopted);
  }

  #newItem(room: Place, feature: string, item: string, key: string): FeatureItem {
    const kept: FeatureItem = {
      value: undefined,
      stored: {
        key,
        render: () =>
          this.#gone.has(room) || kept.value === undefined ? undefined : featureRecord(room, feature, item, kept.value),
      },
    };
    return kept;
  }

  occupantJoined(room: RoomOf, occupant: OccupantOf): void {
    this.#writeBehind.mark(this.#storedOccupant(room, occupant), "now");
  }

  occupantChanged(room: RoomOf, occupant: OccupantOf): void {
    this.#writeBehind.mark(this.#storedOccupant(room, occupant), "soon");
  }

  occupantGone(room: RoomOf, occupant: OccupantOf): void {
    this.#writeBehind.mark(this.#storedOccupant(room, occupant), "now");
  }

  /** Its sender is told that it arrived: then who comes later reads it too. */
  remembered(room: RoomOf, entry: HistoryEntry): void {
    const key = this.#keyOf.history(room.address, entry.number % this.#historySlots);
    const render = () => (this.#gone.has(room) ? undefined : historyRecord(room, entry));
    this.#writeBehind.mark({ key, render }, "now");
  }

  /** The message is no longer in the history. */
  forgotten(room: RoomOf, entry: HistoryEntry): void {
    const key = this.#keyOf.history(room.address, entry.number % this.#historySlots);
    this.#writeBehind.mark({ key, render: () => undefined }, "now");
  }

  keepLogin(hash: string, login: Login | undefined): void {
    const render = () => login && loginRecord(login);
    this.#writeBehind.mark({ key: this.#keyOf.login(hash), render }, "now");
  }

  #storedSession(session: Session): Stored {
    let stored = this.#sessions.get(session);
    if (!stored) {
      let received = 0;
      stored = {
        key: this.#keyOf.session(session.id),
        render: () => {
          received = session.counts?.received ?? 0;
          return sessionRecord(session, this.#boshStateOf(session));
        },
        written: () => session.stored(received),
      };
      this.#sessions.set(session, stored);
    }
    return stored;
  }

  #storedRoom(room: RoomOf): Stored {
    let stored = this.#rooms.get(room);
    if (!stored) {
      stored = {
        key: this.#keyOf.room(room.address),
        render: () => (this.#gone.has(room) ? undefined : roomRecord(room)),
      };
      this.#rooms.set(room, stored);
    }
    return stored;
  }

  #storedOccupant(room: RoomOf, occupant: OccupantOf): Stored {
    let stored = this.#occupants.get(occupant);
    if (!stored) {
      stored = { key: this.#keyOf.occupant(room.address, occupant.nick), render: () => occupantRecord(room, occupant) };
      this.#occupants.set(occupant, stored);
    }
    return stored;
  }
}
