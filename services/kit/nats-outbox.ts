import { randomBytes } from "node:crypto";
import { type MsgHdrs, headers as newHeaders } from "@nats-io/transport-node";
import { busLimits } from "./bus-limits.ts";
import type { Log } from "./log.ts";
import type { NatsLink } from "./nats-link.ts";
import { traceHeaders } from "./telemetry.ts";

type Kept = { readonly order: number; readonly subject: string; readonly body: string; readonly headers: MsgHdrs };
type Confirmation = { readonly order: number; readonly at: number };

/** Not `Nats-Msg-Id`: the ids of facts have a form of their own. */
export const orderHeader = "Veche-Order";

/**
 * Events on their way out. The client forgets what it had not sent when a connection is lost, and what the server had not
 * passed on dies with it; so each event is kept until a moment after the server confirmed it, and said again after a
 * reconnect. Receivers drop what they have (SeenOrders), so nothing is lost, repeated or out of order.
 */
export class NatsOutbox {
  readonly #link: NatsLink;
  readonly #log: Log;
  /** One stream of numbers per connection object: a restarted role counts anew under another name. */
  readonly #name = randomBytes(6).toString("hex");
  readonly #waiting = new Set<() => void>();
  #kept: Kept[] = [];
  #confirmations: Confirmation[] = [];
  #keptBytes = 0;
  #order = 0;
  #confirmed = 0;
  #isHeld = false;
  #isConfirming = false;
  #hasDropped = false;
  #release: NodeJS.Timeout | undefined;

  constructor(link: NatsLink, log: Log) {
    this.#link = link;
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
    this.#bound();
    if (this.#isHeld) return;
    this.#publish(kept);
    void this.#confirm();
  }

  /** Resolves when the server has everything said so far, or after `limitMs`. */
  async flush(limitMs: number): Promise<void> {
    if (this.#confirmed === this.#order) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, limitMs);
      this.#waiting.add(end);
    });
  }

  close(): void {
    clearTimeout(this.#release);
    this.#isHeld = true;
    for (const end of [...this.#waiting]) end();
    const lost = this.#order - this.#confirmed;
    if (lost > 0) this.#log.error({ lost }, "events were still unsent when the bus closed");
    this.#kept = [];
  }

  #publish(kept: Kept): void {
    this.#link.nc.publish(kept.subject, kept.body, { headers: kept.headers });
  }

  async #confirm(): Promise<void> {
    if (this.#isConfirming) return;
    this.#isConfirming = true;
    try {
      while (!this.#isHeld && this.#confirmed < this.#order) {
        const order = this.#order;
        await this.#link.nc.flush();
        this.#confirmed = order;
        this.#confirmations.push({ order, at: performance.now() });
        this.#forget();
      }
      if (this.#confirmed === this.#order) for (const end of [...this.#waiting]) end();
    } catch {
      // The connection is gone: what is kept is said again when it is back.
    } finally {
      this.#isConfirming = false;
    }
  }

  /** Drops what was confirmed long enough ago to have reached its hearers. */
  #forget(): void {
    const before = performance.now() - busLimits.confirmedGraceMs;
    const recent = this.#confirmations.findIndex(({ at }) => at >= before);
    const old = recent < 0 ? this.#confirmations : this.#confirmations.slice(0, recent);
    const last = old.at(-1)?.order;
    if (last === undefined) return;
    this.#confirmations = this.#confirmations.slice(old.length);
    const firstKept = this.#kept.findIndex(({ order }) => order > last);
    this.#drop(firstKept < 0 ? this.#kept.length : firstKept);
  }

  #drop(count: number): void {
    for (const { body } of this.#kept.splice(0, count)) this.#keptBytes -= body.length;
  }

  #bound(): void {
    while (this.#kept.length > busLimits.keptMessages || this.#keptBytes > busLimits.keptBytes) {
      this.#drop(1);
      if (!this.#isHeld || this.#hasDropped) continue;
      this.#hasDropped = true;
      this.#log.error({ kept: this.#kept.length }, "NATS is away for too long: the oldest kept events are dropped");
    }
  }

  #disconnected(): void {
    clearTimeout(this.#release);
    this.#isHeld = true;
    this.#hasDropped = false;
    this.#forget();
  }

  /** Others come back within their own reconnect step: said at once, the kept events would miss them. */
  #reconnected(): void {
    clearTimeout(this.#release);
    this.#release = setTimeout(() => {
      this.#isHeld = false;
      for (const kept of this.#kept) this.#publish(kept);
      void this.#confirm();
    }, busLimits.reconnectSettleMs);
  }
}

/** Per subscription: drops an event that its publisher said before. */
export class SeenOrders {
  readonly #last = new Map<string, number>();

  isNew(id: string): boolean {
    const dot = id.lastIndexOf(".");
    const order = Number(id.slice(dot + 1));
    if (dot < 1 || !Number.isSafeInteger(order)) return true;
    const publisher = id.slice(0, dot);
    if (order <= (this.#last.get(publisher) ?? 0)) return false;
    // Deleting first keeps the map in the order of last use.
    this.#last.delete(publisher);
    this.#last.set(publisher, order);
    if (this.#last.size > busLimits.publishers) this.#last.delete(this.#last.keys().next().value as string);
    return true;
  }
}
