import { batch } from "@preact/signals-core";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import { isAnswered } from "../../protocol/conference/telephone.ts";
import type { MediaLink } from "./media-link.ts";
import type { CallState } from "./state.ts";

const STALE_MS = 5000;
/** The word of those who go to another room of the meeting. */
export const MOVED = "switch_room";
/** Where notices about comings and goings would only be noise. */
const LARGE_ROOM = 12;

/** Who is on the page. People of a room that is joined again stay on it until they turn up or are known to be gone. */
export class People {
  readonly #state: CallState;
  readonly #link: MediaLink;
  #stale = new Set<string>();
  /** Who is elsewhere in the meeting; that they come back is no news. */
  readonly #moved = new Set<string>();
  /** Who has come: whoever is called, when they pick up. */
  readonly #here = new Set<string>();
  /** Whoever is in the room we come to has not joined just now. */
  #isArriving = false;

  constructor(state: CallState, link: MediaLink) {
    this.#state = state;
    this.#link = link;
  }

  changed(occupant: Occupant): void {
    const state = this.#state;
    this.#stale.delete(occupant.id);
    // After a rejoin of everybody the same people come under new ids.
    const namesake = [...this.#stale].find((id) => state.occupants.value.get(id)?.name === occupant.name);
    if (namesake) {
      this.#link.occupantRenamed(namesake, occupant.id);
      this.#stale.delete(namesake);
      this.#here.delete(namesake);
      state.dropOccupants([namesake]);
    }
    state.setOccupant(occupant);
    if (this.#here.has(occupant.id) || !isAnswered(occupant.callStatus)) return;
    this.#here.add(occupant.id);
    if (state.phase.value.name !== "joined") return;
    const isNew = !namesake && !this.#isArriving && !this.#moved.delete(occupant.id);
    if (isNew && state.occupants.value.size < LARGE_ROOM)
      state.notices.show("notify.connectedOneMember", { values: { name: occupant.name }, topic: "joined" });
  }

  left(id: string, reason: string): void {
    const occupant = this.#here.has(id) ? this.#state.occupants.value.get(id) : undefined;
    this.#forget(id);
    // To another room of the meeting, where the pane shows them.
    const hasMoved = reason === MOVED;
    if (hasMoved) this.#moved.add(id);
    if (occupant && !hasMoved && this.#state.occupants.value.size < LARGE_ROOM)
      this.#state.notices.show("notify.leftOneMember", { values: { name: occupant.name }, topic: "left" });
  }

  /** We are elsewhere now. */
  clear(): void {
    this.#stale.clear();
    this.#here.clear();
    this.#isArriving = true;
    batch(() => {
      this.#state.dropOccupants([...this.#state.occupants.value.keys()]);
      this.#state.dominant.value = undefined;
    });
  }

  /** The room is being joined again. */
  doubtAll(): void {
    this.#stale = new Set(this.#state.occupants.value.keys());
  }

  /** The room is joined; whoever is still doubted soon after is gone. */
  settle(): void {
    this.#isArriving = false;
    if (this.#stale.size === 0) return;
    setTimeout(() => {
      for (const id of [...this.#stale]) this.#forget(id);
    }, STALE_MS);
  }

  #forget(id: string): void {
    this.#stale.delete(id);
    this.#here.delete(id);
    this.#state.dropOccupants([id]);
    this.#link.occupantLeft(id);
    if (this.#state.dominant.value === id) this.#state.dominant.value = undefined;
  }
}
