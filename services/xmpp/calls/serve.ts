import type { Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { calls as contracts, gateway } from "@veche/proto/subjects.ts";
import type { Limits } from "../limits.ts";
import type { Calls } from "./calls.ts";

type Given = {
  readonly bus: Bus;
  readonly unit: string;
  readonly clock: Clock;
  readonly limits: Pick<Limits, "calls">;
  readonly calls: Calls;
};

const checkMs = 500;

/** What gateways ask for their calls: everything in `calls.*` of proto/subjects.ts; and whether they are alive. */
export function serveGateways({ bus, unit, clock, limits, calls }: Given): Subscription {
  const here = { unit };
  let lookedMs = clock.now();
  const look = () => {
    const now = clock.now();
    const stoodStillMs = now - lookedMs - checkMs;
    lookedMs = now;
    // Who stood still for so long may have their heartbeats still to read.
    if (stoodStillMs > limits.calls.silentMs / 2) calls.countAnew();
    if (bus.isConnected) calls.look();
  };
  const looking = clock.every(checkMs, look);
  const open = [
    bus.serve(contracts.enterRoom, async (q) => ({ occupant: await calls.enter(q) }), here),
    bus.serve(
      contracts.updateCall,
      (q) => {
        calls.update(q);
        return {};
      },
      here,
    ),
    bus.serve(
      contracts.leaveRoom,
      ({ call }) => {
        calls.leave(call);
        return {};
      },
      here,
    ),
    bus.subscribe(gateway.heartbeat, ({ gateway: id, instance }) => calls.heard(id, instance)),
    bus.onConnection((isConnected) => {
      if (isConnected) calls.countAnew();
    }),
    { close: () => looking.cancel() },
  ];
  return { close: () => open.forEach((each) => void each.close()) };
}
