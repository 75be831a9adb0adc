import type { BridgeView } from "./bridge.ts";

export type Wanted = {
  /** Version that the conference is pinned to; empty: any. */
  readonly version: string;
  /** Bridge that the participant is to leave; empty: none. */
  readonly avoid: string;
};

/**
 * Who may be given an endpoint. One that drains is given none, nor one that somebody is to leave, unless the conference
 * is there and has nowhere else to go.
 */
export function candidates(
  bridges: readonly BridgeView[],
  used: ReadonlyMap<string, number>,
  { version, avoid }: Wanted,
): readonly BridgeView[] {
  const well = bridges.filter((bridge) => bridge.healthy && (version === "" || bridge.version === version));
  const open = well.filter(({ id, draining }) => !draining && id !== avoid);
  return open.length > 0 ? open : well.filter(({ id }) => used.has(id));
}
