import { type MsgHdrs, headers as newHeaders } from "@nats-io/transport-node";
import { busLimits } from "./bus-limits.ts";
import type { Log } from "./log.ts";
import type { NatsLink } from "./nats-link.ts";
import { traceHeaders } from "./telemetry.ts";

type Kept = { readonly order: number; readonly subject: string; readonly body: string; readonly headers: MsgHdrs };

export const orderHeader = "Nats-Msg-Id";

/**
 * Events on their way out. The client forgets what it had not sent when a connection is lost, and what the server had not
 * passed on dies with it; so each event is kept until a moment after the server confirmed it, and said again after a
 * reconnect. Receivers drop what they have (SeenOrders), so nothing is lost, repeated or out of order.
 */
export class NatsOutbox {
  readonly #link: NatsLink;
  readonly #name: string;
  readonly #log: Log;
  readonly #confirmed: { readonly order: number; readonly at: number }[] = [];
  #kept: Kept[] = [];
  #keptBytes = 0;
  #order = 0;
  #isHeld = false;
  #isConfirming = false;
  #hasDropped = false;
  #release: NodeJS.Timeout | undefined;

  constructor(link: NatsLink, name: string, log: Log) {
    this.#link = link;
    this.#name = name;
    this.#log = log;
    link.onConnection((isConnected) => (isConnected ? this.#reconnected() : this.#disconnected()));
  }

  send(subject: string, body: string): void {
    const order = ++this.#order;
    const headers = newHeaders();
    headers.set(orderHeader, `${this.#name}.${order}`);
    for (const [name, value] of Object.entries(traceHeaders())) headers.set(name, value);
    const kept = { order, subject, body, headers };
    this.#kept.push(kept);
    this.#keptBytes += body.length;
    if (!this.#isHeld) this.#publish(kept);
    this.#bound();
  }

  /** Resolves when the server has everything, or after `limitMs`. */
  async flush(limitMs: number): Promise<void> {
    const until = performance.now() + limitMs;
    while (performance.now() < until && (this.#isHeld || this.#order > (this.#confirmed.at(-1)?.order ?? 0))) {
      if (this.#order === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    clearTimeout(this.#release);
  }

  #publish(kept: Kept): void {
    this.#link.nc.publish(kept.subject, kept.body, { headers: kept.headers });
    if (!this.#isConfirming) void this.#confirm();
  }

  async #confirm(): Promise<void> {
    this.#isConfirming = true;
    try {
      while (!this.#isHeld && !this.#link.isClosed && (this.#confirmed.at(-1)?.order ?? 0) < this.#order) {
        const order = this.#order;
        await this.#link.nc.flush();
        this.#confirmed.push({ order, at: performance.now() });
        this.#forget();
      }
    } catch {
      // The connection is gone: what is kept is said again when it is back.
    } finally {
      this.#isConfirming = false;
    }
  }

  /** Drops what was confirmed long enough ago to have reached its hearers. */
  #forget(): void {
    const before = performance.now() - busLimits.confirmedGraceMs;
    let forgotten = 0;
    while (this.#confirmed.length > 1 && (this.#confirmed[0] as { at: number }).at < before) {
      forgotten = (this.#confirmed.shift() as { order: number }).order;
    }
    this.#drop(this.#kept.findIndex(({ order }) => order > forgotten));
  }

  #drop(count: number): void {
    if (count === 0) return;
    const dropped = count < 0 ? this.#kept.splice(0) : this.#kept.splice(0, count);
    for (const { body } of dropped) this.#keptBytes -= body.length;
  }

  #bound(): void {
    let count = 0;
    let bytes = this.#keptBytes;
    while (this.#kept.length - count > busLimits.keptMessages || bytes > busLimits.keptBytes) {
      bytes -= this.#kept[count++]?.body.length ?? bytes;
    }
    if (count === 0) return;
    if (this.#isHeld && !this.#hasDropped) {
      this.#hasDropped = true;
      this.#log.error({ kept: this.#kept.length }, "NATS is away for too long: the oldest kept events are dropped");
    }
    this.#drop(count);
  }

  #disconnected(): void {
    clearTimeout(this.#release);
    this.#isHeld = true;
    this.#hasDropped = false;
    const before = performance.now() - busLimits.confirmedGraceMs;
    const old = this.#confirmed.findLast(({ at }) => at < before)?.order ?? 0;
    this.#drop(this.#kept.findIndex(({ order }) => order > old));
  }

  /** Others come back within their own reconnect step: said at once, the kept events would miss them. */
  #reconnected(): void {
    clearTimeout(this.#release);
    this.#release = setTimeout(() => {
      this.#isHeld = false;
      for (const kept of this.#kept) this.#publish(kept);
      if (this.#kept.length > 0 && !this.#isConfirming) void this.#confirm();
    }, busLimits.reconnectSettleMs);
  }
}

/** Per subscription: drops an event that this publisher said before. */
export class SeenOrders {
  readonly #last = new Map<string, number>();

  isNew(id: string): boolean {
    const dot = id.lastIndexOf(".");
    const order = Number(id.slice(dot + 1));
    if (dot < 1 || !Number.isSafeInteger(order)) return true;
    const publisher = id.slice(0, dot);
    if (order <= (this.#last.get(publisher) ?? 0)) return false;
    this.#last.delete(publisher);
    this.#last.set(publisher, order);
    if (this.#last.size > busLimits.publishers) this.#last.delete(this.#last.keys().next().value as string);
    return true;
  }
}
