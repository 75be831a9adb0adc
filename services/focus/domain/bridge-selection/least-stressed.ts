import type { BridgeView } from "./bridge.ts";

/** The least stressed of those that are healthy, not draining and below the limit. */
export function leastStressed(bridges: readonly BridgeView[], stressLimit: number): BridgeView | undefined {
  return bridges
    .filter((bridge) => bridge.healthy && !bridge.draining && bridge.stress < stressLimit)
    .reduce<BridgeView | undefined>(
      (best, bridge) => (best === undefined || bridge.stress < best.stress ? bridge : best),
      undefined,
    );
}
