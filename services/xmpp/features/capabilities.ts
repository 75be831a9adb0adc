import { type DiscoInfo, infoRequest, readInfo, verificationOf } from "../codec/xep0030-disco.ts";
import { readCapabilities } from "../codec/xep0115-capabilities.ts";
import type { Element } from "../codec/xml/element.ts";
import { focusNick } from "../domain/room.ts";
import { occupantJid } from "../rooms/room-stanzas.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { OccupantOf, RoomOf } from "../stream/session.ts";
import type { ClientIqs } from "./client-iqs.ts";

/**
 * What clients can do. Each `ver` is asked for once and remembered for everybody only where the answer proves to be what
 * `ver` stands for; an answer that does not is believed of its sender alone.
 */
export class Capabilities {
  readonly #clientIqs: ClientIqs;
  readonly #knownAtMost: number;
  readonly #known = new Map<string, readonly string[]>();
  readonly #vers = new WeakMap<OccupantOf, string>();
  readonly #rooms: Rooms;

  constructor(clientIqs: ClientIqs, limits: { readonly knownCapabilities: number }, rooms: Rooms) {
    this.#rooms = rooms;
    this.#clientIqs = clientIqs;
    this.#knownAtMost = limits.knownCapabilities;
  }

  get size(): number {
    return this.#known.size;
  }

  /** Of clients of our own there is nothing to ask. */
  know(info: DiscoInfo): void {
    this.#remember(verificationOf(info), info.features);
  }

  /** What is known already of somebody who is about to enter. */
  knownOf(presence: Element): readonly string[] {
    const announced = readCapabilities(presence);
    return (announced && this.#known.get(announced.ver)) ?? [];
  }

  /** Nothing waits for it: what is not known yet follows as an update. */
  learn(room: RoomOf, occupant: OccupantOf, presence: Element) {
    const announced = readCapabilities(presence);
    if (!announced || this.#vers.get(occupant) === announced.ver) return;
    this.#vers.set(occupant, announced.ver);
    const known = this.#known.get(announced.ver);
    if (known) return this.#tell(room, occupant, known);
    const request = infoRequest(`${announced.node}#${announced.ver}`);
    void this.#clientIqs.ask(occupant.receiver, occupantJid(room, focusNick), "get", request).then(
      (answer) => {
        const info = readInfo(answer);
        if (!info.ok) return;
        if (verificationOf(info.value) === announced.ver) this.#remember(announced.ver, info.value.features);
        this.#tell(room, occupant, info.value.features);
      },
      () => {},
    );
  }

  #tell(room: RoomOf, occupant: OccupantOf, features: readonly string[]): void {
    if (room.occupants.get(occupant.nick) === occupant) this.#rooms.setCapabilities(room, occupant, features);
  }

  #remember(ver: string, features: readonly string[]): void {
    if (this.#known.size >= this.#knownAtMost) {
      const oldest = this.#known.keys().next();
      if (!oldest.done) this.#known.delete(oldest.value);
    }
    this.#known.set(ver, features);
  }
}
