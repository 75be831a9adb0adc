import { type LoadReduction, leastLastN, noReduction, reduceLastN } from "../domain/last-n.ts";
import type { ForwardingRules } from "./forwarding.ts";

export type GivenRules = ForwardingRules & { readonly isReducingLoad: boolean };

/** What holds for every receiver of this bridge: as the operator said, less what its load takes. */
export class BridgeRules implements ForwardingRules {
  readonly assumedBandwidthLimitBps: number;
  readonly #given: GivenRules;
  #reduction: LoadReduction = noReduction;

  constructor(given: GivenRules) {
    this.#given = given;
    this.assumedBandwidthLimitBps = given.assumedBandwidthLimitBps;
  }

  get lastN(): number {
    return leastLastN(this.#given.lastN, this.#reduction.lastN);
  }

  /** `forwarded`: the most pictures that anybody gets. Returns whether everything is to be decided anew. */
  observeLoad(stress: number, forwarded: number, now: number): boolean {
    if (!this.#given.isReducingLoad) return false;
    const before = this.#reduction.lastN;
    this.#reduction = reduceLastN(this.#reduction, stress, forwarded, now);
    return this.#reduction.lastN !== before;
  }
}
