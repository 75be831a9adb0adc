import type { BridgeView } from "./bridge.ts";

export type Wanted = {
  /** Version that the conference is pinned to; empty: any. */
  readonly version: string;
  /** Bridge that the participant is to leave; empty: none. */
  readonly avoid: string;
};

/**
 * Who may be given an endpoint. One that somebody is to leave is given it where there is no other; one that drains where
 * there is none at all, and the conference is there already.
 */
export function candidates(
  bridges: readonly BridgeView[],
  used: ReadonlyMap<string, number>,
  { version, avoid }: Wanted,
): readonly BridgeView[] {
  const well = bridges.filter((bridge) => bridge.healthy && (version === "" || bridge.version === version));
  const open = well.filter(({ draining }) => !draining);
  const wanted = open.filter(({ id }) => id !== avoid);
  if (wanted.length > 0) return wanted;
  return open.length > 0 ? open : well.filter(({ id }) => used.has(id));
}
