/**
 * Tells subscribers how this recorder is, as Jibri does: POST /v1/status every minute and at each change, POST
 * /v1/session/status when a recording or stream begins and ends. Nobody waits for them.
 */
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";

export const webhookLimits = {
  everyMs: 60_000,
  timeoutMs: 5_000,
  /** Of a message about a session; one about the recorder is not repeated: the next one is newer. */
  tries: 4,
  firstRetryMs: 1_000,
  /** Waiting for one subscriber; the oldest goes. */
  waiting: 100,
} as const;

export type JibriStatus = {
  readonly busyStatus: "IDLE" | "BUSY" | "EXPIRED";
  readonly health: {
    readonly healthStatus: "HEALTHY" | "UNHEALTHY";
    readonly details: Readonly<Record<string, string>>;
  };
};

export type SessionStatus = {
  readonly sessionId: string;
  readonly status: "ON" | "OFF";
  readonly failure?: { readonly reason: string; readonly error: string };
  readonly shouldRetry?: boolean;
};

export type WebhooksGiven = {
  readonly subscribers: readonly string[];
  readonly jibriId: string;
  readonly status: () => JibriStatus;
  readonly clock: Clock;
  readonly log: Log;
  readonly onSent: (outcome: "sent" | "failed" | "dropped") => void;
  readonly post?: typeof fetch;
};

export class Webhooks implements AsyncDisposable {
  readonly #given: WebhooksGiven;
  readonly #subscribers: readonly Subscriber[];
  #timer: Timer | undefined;
  #told = "";

  constructor(given: WebhooksGiven) {
    this.#given = given;
    this.#subscribers = given.subscribers.map((base) => new Subscriber(base, given));
  }

  start(): void {
    this.statusChanged();
    this.#timer = this.#given.clock.every(webhookLimits.everyMs, () => this.#tellStatus());
  }

  /** May be called whether or not it has. */
  statusChanged(): void {
    const text = JSON.stringify(this.#given.status());
    if (text !== this.#told) this.#tellStatus();
  }

  session(session: SessionStatus): void {
    const body = JSON.stringify({ jibriId: this.#given.jibriId, session });
    for (const subscriber of this.#subscribers) subscriber.add({ path: "/v1/session/status", body, isLasting: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.cancel();
    await Promise.all(this.#subscribers.map((subscriber) => subscriber.close()));
  }

  #tellStatus(): void {
    const status = this.#given.status();
    this.#told = JSON.stringify(status);
    const body = JSON.stringify({ jibriId: this.#given.jibriId, status });
    for (const subscriber of this.#subscribers) subscriber.add({ path: "/v1/status", body, isLasting: false });
  }
}

type Message = { readonly path: string; readonly body: string; readonly isLasting: boolean };

/** One after the other, so that they arrive in order. */
class Subscriber {
  readonly #base: string;
  readonly #given: WebhooksGiven;
  readonly #waiting: Message[] = [];
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;

  constructor(base: string, given: WebhooksGiven) {
    this.#base = base.replace(/\/+$/, "");
    this.#given = given;
  }

  add(message: Message): void {
    if (this.#closing.signal.aborted) return;
    // Only the newest word about the recorder is worth sending.
    const stale = message.isLasting ? -1 : this.#waiting.findIndex(({ isLasting }) => !isLasting);
    if (stale >= 0) this.#waiting.splice(stale, 1);
    this.#waiting.push(message);
    if (this.#waiting.length > webhookLimits.waiting) {
      this.#waiting.shift();
      this.#given.onSent("dropped");
    }
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let message = this.#waiting.shift(); message; message = this.#waiting.shift()) await this.#send(message);
  }

  async #send(message: Message): Promise<void> {
    const { clock, log, onSent } = this.#given;
    const tries = message.isLasting ? webhookLimits.tries : 1;
    for (let attempt = 1; !this.#closing.signal.aborted; attempt += 1) {
      const problem = await this.#post(message);
      if (problem === undefined) return onSent("sent");
      if (attempt >= tries || this.#closing.signal.aborted) {
        log.warn({ subscriber: hostOf(this.#base), path: message.path, problem }, "a webhook subscriber was not told");
        return onSent("failed");
      }
      await this.#pause(clock, webhookLimits.firstRetryMs * 2 ** (attempt - 1));
    }
  }

  /** Undefined when it has arrived; else why not. */
  async #post({ path, body }: Message): Promise<string | undefined> {
    const post = this.#given.post ?? fetch;
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(webhookLimits.timeoutMs)]);
    try {
      const headers = { "content-type": "application/json" };
      const answer = await post(`${this.#base}${path}`, { method: "POST", body, headers, redirect: "error", signal });
      await answer.body?.cancel();
      return answer.ok ? undefined : `status ${answer.status}`;
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return cause instanceof Error ? cause.message : String(cause);
    }
  }

  #pause(clock: Clock, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = clock.after(ms, resolve);
      const end = () => {
        timer.cancel();
        resolve();
      };
      this.#closing.signal.addEventListener("abort", end, { once: true });
    });
  }
}

/** Without the user and password it may hold. */
function hostOf(base: string): string {
  return URL.canParse(base) ? new URL(base).host : "(no address)";
}
