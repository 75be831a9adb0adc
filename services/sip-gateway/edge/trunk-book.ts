/** How trunks stand, and what of that is news. */
import type { Registration, Trunk } from "../sip/signalling.ts";

export type TrunkTold = { readonly registered: (registration: Registration) => void };

export class TrunkBook {
  readonly #told: TrunkTold;
  readonly #known = new Map<string, Registration>();

  constructor(trunks: readonly Trunk[], told: TrunkTold) {
    this.#told = told;
    for (const { name, registers } of trunks)
      this.#known.set(name, { trunk: name, state: registers ? "trying" : "none", status: 0 });
  }

  get all(): readonly Registration[] {
    return [...this.#known.values()];
  }

  note(registration: Registration): void {
    const before = this.#known.get(registration.trunk);
    this.#known.set(registration.trunk, registration);
    if (before?.state !== registration.state || before.status !== registration.status)
      this.#told.registered(registration);
  }
}
