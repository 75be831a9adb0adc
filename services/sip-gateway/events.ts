/** What happens, said once: a line in the log and a count, so that they agree. No number, no name, no code. */
import type { Log } from "@veche/kit/log.ts";
import type { Cause, Direction } from "./domain/call.ts";
import type { GatewayMetrics } from "./metrics.ts";
import type { Registration } from "./sip/signalling.ts";

/** rate: who failed too often; offer: SDP that can't be taken; number: one that may not be dialled. */
export type Refused = "rate" | "full" | "draining" | "no-room" | "offer" | "number" | "failed";

export class GatewayEvents {
  readonly #log: Log;
  readonly #metrics: GatewayMetrics;

  constructor(log: Log, metrics: GatewayMetrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  came(call: string, trunk: string | undefined, room: string | undefined): void {
    this.#metrics.begun.inc({ direction: "in" });
    this.#log.info({ call, trunk, room }, "a call came in");
  }

  dialled(call: string, trunk: string, room: string | undefined): void {
    this.#metrics.begun.inc({ direction: "out" });
    this.#log.info({ call, trunk, room }, "a call goes out");
  }

  /** At debug: scanners would fill the log. */
  refused(why: Refused, trunk: string | undefined): void {
    this.#metrics.refused.inc({ why });
    this.#log.debug({ why, trunk }, "a call was refused");
  }

  over(of: {
    readonly call: string;
    readonly direction: Direction;
    readonly cause: Cause;
    readonly sipStatus: number;
    readonly seconds: number;
  }): void {
    const { call, direction, cause, sipStatus, seconds } = of;
    this.#metrics.ended.inc({ direction, cause });
    this.#metrics.seconds.inc({}, seconds);
    this.#log.info({ call, direction, cause, sipStatus, seconds: Math.round(seconds) }, "a call is over");
  }

  bridgeSilent(call: string): void {
    this.#metrics.bridgeSilent.inc();
    this.#log.warn({ call }, "nothing comes from the bridge of a call");
  }

  registration({ trunk, state, status }: Registration): void {
    const isFault = state === "refused" || state === "unreachable";
    this.#log[isFault ? "warn" : "info"]({ trunk, state, status }, "registration");
  }
}
