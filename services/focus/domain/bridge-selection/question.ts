import type { BridgeView } from "./bridge.ts";

/** For whom a bridge is wanted, and what there is to choose from. */
export type Question = {
  /** Where the participant is; empty: not known. */
  readonly region: string;
  /** Those that may be chosen. */
  readonly bridges: readonly BridgeView[];
  /** Endpoints of the conference on each bridge that it is on, by id; its main bridge first. */
  readonly used: ReadonlyMap<string, number>;
  /** From this stress on a bridge is full. */
  readonly stressLimit: number;
  /** Endpoints of one conference on one bridge. */
  readonly maxEndpoints: number;
};

export type SelectionStrategy = (question: Question) => BridgeView | undefined;

/** The one for which `ranks` are lowest: the first that differs decides, then the stress, then the name. */
export function best(
  bridges: readonly BridgeView[],
  ...ranks: readonly ((bridge: BridgeView) => number)[]
): BridgeView | undefined {
  const all = [...ranks, ({ stress }: BridgeView) => stress];
  return bridges.reduce<BridgeView | undefined>(
    (found, bridge) => (found === undefined || isBetter(bridge, found, all) ? bridge : found),
    undefined,
  );
}

function isBetter(a: BridgeView, b: BridgeView, ranks: readonly ((bridge: BridgeView) => number)[]): boolean {
  for (const rank of ranks) {
    const difference = rank(a) - rank(b);
    if (difference !== 0) return difference < 0;
  }
  return a.id < b.id;
}
