import type { OccupantOf, RoomOf } from "../stream/session.ts";

/** Who had which call dialled: they may hang it up. Forgotten when the call leaves, and with the process. */
export class Dialled {
  /** Bare addresses by endpoint. */
  readonly #byRoom = new WeakMap<RoomOf, Map<string, string>>();

  note(room: RoomOf, endpoint: string, by: OccupantOf): void {
    const dialled = this.#byRoom.get(room) ?? new Map<string, string>();
    this.#byRoom.set(room, dialled.set(endpoint, by.bareJid));
  }

  isBy(room: RoomOf, endpoint: string, { bareJid }: OccupantOf): boolean {
    return this.#byRoom.get(room)?.get(endpoint) === bareJid;
  }

  forget(room: RoomOf, endpoint: string): void {
    this.#byRoom.get(room)?.delete(endpoint);
  }
}
