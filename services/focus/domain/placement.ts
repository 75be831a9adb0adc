import { type BridgeView, isSameBridge, useOf } from "./bridge-selection/bridge.ts";
import { candidates } from "./bridge-selection/candidates.ts";
import { strategies } from "./bridge-selection/strategies.ts";
import type { Turn } from "./turn.ts";

export type Newcomer = {
  readonly region: string;
  /** Bridge that it is to leave if it can; empty: none. */
  readonly avoid: string;
};

export const anybody: Newcomer = { region: "", avoid: "" };

/** Where endpoints of the conference are and where the next ones go, as one step places them one after the other. */
export class Placement {
  readonly #turn: Turn;
  readonly #used: Map<string, number>;
  readonly #placed = new Map<string, number>();

  constructor(turn: Turn) {
    this.#turn = turn;
    this.#used = countEndpoints(turn);
  }

  /** The bridge for one more endpoint. A new conference waits for one that isn't full, one that goes on takes any. */
  choose({ region, avoid }: Newcomer): BridgeView | undefined {
    const { rules, state } = this.#turn;
    const views = this.#turn.bridges.map((view) => ({ ...view, stress: this.#stressOf(view) }));
    const wanted = { version: rules.bridgeVersion, avoid: isSingle(this.#turn) ? "" : avoid };
    const bridges = candidates(views, this.#used, wanted).filter(
      ({ stress }) => state.bridges.length > 0 || stress < rules.stressLimit,
    );
    const { stressLimit, maxBridgeEndpoints: maxEndpoints } = rules;
    return strategies[rules.strategy]({ region, bridges, used: this.#used, stressLimit, maxEndpoints });
  }

  note({ id }: BridgeView): void {
    this.#used.set(id, (this.#used.get(id) ?? 0) + 1);
    this.#placed.set(id, (this.#placed.get(id) ?? 0) + 1);
  }

  #stressOf({ id, stress }: BridgeView): number {
    return stress + (this.#placed.get(id) ?? 0) * this.#turn.rules.averageStress;
  }
}

export function isSingle(turn: Turn): boolean {
  return turn.rules.strategy === "SingleBridgeSelectionStrategy";
}

/** Endpoints on each bridge that the conference is on and that is not lost, its main bridge first. */
export function countEndpoints(turn: Turn): Map<string, number> {
  const there = turn.state.bridges.filter(({ isLost }) => !isLost);
  const counts = new Map(there.map(({ id }) => [id, 0]));
  for (const { session } of turn.members.values()) {
    const use = session.invite && useOf(there, session.invite);
    if (use) counts.set(use.id, (counts.get(use.id) ?? 0) + 1);
  }
  return counts;
}

export function viewOf(turn: Turn, use: { readonly id: string; readonly instance: string }): BridgeView | undefined {
  return turn.bridges.find((view) => isSameBridge(view, use));
}
