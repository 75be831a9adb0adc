/** A gateway as its state in the bucket says. */
export type GatewayView = {
  readonly id: string;
  readonly instance: string;
  readonly region: string;
  readonly healthy: boolean;
  readonly draining: boolean;
  readonly calls: number;
  readonly maxCalls: number;
  readonly dialsOut: boolean;
};

export function canDial({ healthy, draining, dialsOut }: GatewayView): boolean {
  return healthy && !draining && dialsOut;
}

export function isFull({ calls, maxCalls }: GatewayView): boolean {
  return maxCalls > 0 && calls >= maxCalls;
}

/** The gateway to dial with: of the conference's regions where there is one, with the fewest calls. */
export function chooseGateway(
  gateways: readonly GatewayView[],
  regions: ReadonlySet<string>,
  exclude: ReadonlySet<string>,
): GatewayView | undefined {
  const able = gateways.filter((one) => canDial(one) && !isFull(one) && !exclude.has(one.id));
  const near = able.filter(({ region }) => region !== "" && regions.has(region));
  return (near.length > 0 ? near : able).toSorted((a, b) => a.calls - b.calls || (a.id < b.id ? -1 : 1))[0];
}
