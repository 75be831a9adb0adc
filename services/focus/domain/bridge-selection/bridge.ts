/** A bridge as the directory knows it now. */
export type BridgeView = {
  readonly id: string;
  readonly instance: string;
  readonly region: string;
  readonly version: string;
  readonly healthy: boolean;
  readonly draining: boolean;
  /** As reported, and what was allocated since. */
  readonly stress: number;
};

/** A bridge that a conference is on. */
export type BridgeUse = {
  readonly id: string;
  readonly instance: string;
  readonly region: string;
  /** Why it was taken in: load, region. */
  readonly reason: string;
  /** Out of reach; its endpoints wait for another, or for its return. */
  readonly isLost: boolean;
  readonly lostReason: string;
  /** The facts have named it. */
  readonly isTold: boolean;
  /** 0 while an endpoint has its place there. */
  readonly unusedSinceMs: number;
};

export function isSameBridge(a: { id: string; instance: string }, b: { id: string; instance: string }): boolean {
  return a.id === b.id && a.instance === b.instance;
}

/** The one of them that an invitation is for. */
export function useOf(
  uses: readonly BridgeUse[],
  { bridge: id, instance }: { readonly bridge: string; readonly instance: string },
): BridgeUse | undefined {
  return uses.find((use) => isSameBridge(use, { id, instance }));
}
