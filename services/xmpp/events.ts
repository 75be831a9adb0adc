import type { Log } from "@veche/kit/log.ts";
import type { XmppMetrics } from "./metrics.ts";
import type { DestroyReason, LeaveReason } from "./rooms/room-events.ts";

/** One line of the log per business event, counted at the same place. */
export class RoleEvents {
  readonly #log: Log;
  readonly #metrics: XmppMetrics;

  constructor(log: Log, metrics: XmppMetrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  roomOpened(room: string): void {
    this.#log.info({ room }, "room opened");
  }

  roomDestroyed(room: string, reason: DestroyReason): void {
    this.#log.info({ room, reason }, "room gone");
  }

  joined(room: string, endpoint: string): void {
    this.#metrics.joins.inc();
    this.#log.info({ room, endpoint }, "joined");
  }

  left(room: string, endpoint: string, reason: LeaveReason): void {
    this.#metrics.leaves.inc({ reason });
    this.#log.info({ room, endpoint, reason }, "left");
  }

  interrupted(room: string, endpoint: string): void {
    this.#log.info({ room, endpoint }, "connection lost; the place is kept");
  }

  resumed(room: string, endpoint: string): void {
    this.#log.info({ room, endpoint }, "connection resumed");
  }

  unsaid(subject: string, error: unknown): void {
    this.#log.error({ subject, err: error }, "an event could not be written");
  }

  restored(counts: {
    readonly sessions: number;
    readonly rooms: number;
    readonly occupants: number;
    readonly lost: number;
  }): void {
    for (const kind of ["sessions", "rooms", "occupants", "lost"] as const) {
      this.#metrics.restored.inc({ kind }, counts[kind]);
    }
    this.#log.info(counts, "took over what was kept");
  }
}
