import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { Bridge } from "../conference/bridge.ts";
import type { Heartbeats } from "./heartbeats.ts";

const pollMs = 50;

/** Says that the bridge goes and carries media on until the focus has moved everybody, or time is up. */
export async function drain(given: {
  readonly bridge: Bridge;
  readonly heartbeats: Heartbeats;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly log: Log;
}): Promise<void> {
  const { bridge, heartbeats, clock, timeoutMs, log } = given;
  bridge.isDraining = true;
  await heartbeats.stop();
  const until = clock.now() + timeoutMs;
  while (bridge.endpointCount > 0 && clock.now() < until)
    await new Promise<void>((resolve) => void clock.after(pollMs, resolve));
  if (bridge.endpointCount > 0)
    log.warn({ endpoints: bridge.endpointCount }, "ending with endpoints that nobody moved");
}
