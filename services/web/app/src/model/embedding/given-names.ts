import { effect, signal, untracked } from "@preact/signals-core";
import type { CallState } from "../call/state.ts";

/** Names that the embedding page gives people on this page, whatever they call themselves. */
export class GivenNames {
  readonly #given = signal<ReadonlyMap<string, string>>(new Map());

  constructor(state: CallState) {
    effect(() => {
      const given = this.#given.value;
      const wrong = [...state.occupants.value.values()].filter(({ id, name }) => (given.get(id) ?? name) !== name);
      untracked(() => {
        for (const occupant of wrong) state.setOccupant({ ...occupant, name: given.get(occupant.id) ?? "" });
      });
    });
  }

  give(names: ReadonlyMap<string, string>): void {
    this.#given.value = new Map([...this.#given.value, ...names]);
  }
}
