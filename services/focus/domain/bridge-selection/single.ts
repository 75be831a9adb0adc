import { type BridgeUse, type BridgeView, isSameBridge } from "./bridge.ts";
import { leastStressed } from "./least-stressed.ts";

/**
 * The whole conference on one bridge: the one it has while that is healthy, else the least stressed. A conference keeps
 * its bridge although it drains or is full, for its people could not hear each other from two; and one that lost its
 * bridge is taken in above the limit when nobody is below it.
 */
export function chooseSingle(
  current: BridgeUse | undefined,
  bridges: readonly BridgeView[],
  stressLimit: number,
): BridgeView | undefined {
  if (current === undefined) return leastStressed(bridges, stressLimit);
  const own = current.isLost ? undefined : bridges.find((bridge) => isSameBridge(bridge, current));
  if (own?.healthy) return own;
  return leastStressed(bridges, stressLimit) ?? leastStressed(bridges, Number.POSITIVE_INFINITY);
}
