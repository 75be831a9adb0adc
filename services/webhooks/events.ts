/** What happens, said once: a line in the log and a count, so that they agree. No address, no key, nothing of a fact. */
import type { Log } from "@veche/kit/log.ts";
import type { Answer } from "./domain/verdict.ts";
import type { WebhookMetrics } from "./metrics.ts";

export class WebhookEvents {
  readonly #log: Log;
  readonly #metrics: WebhookMetrics;

  constructor(log: Log, metrics: WebhookMetrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  answered(answer: Answer, seconds: number): void {
    const outcome = "fault" in answer ? "none" : `${Math.floor(answer.status / 100)}xx`;
    this.#metrics.requests.inc({ outcome });
    this.#metrics.seconds.observe(seconds);
  }

  failed(webhook: string, event: string, failure: string, failures: number, inMs: number): void {
    const level = failures === 1 ? "warn" : "info";
    this.#log[level]({ webhook, event, failure, failures, againInMs: Math.max(0, inMs) }, "a webhook was not accepted");
  }

  givenUp(webhook: string, event: string, why: string): void {
    this.#metrics.givenUp.inc();
    this.#log.warn({ webhook, event, why }, "a fact was left out of a webhook");
  }

  disabled(webhook: string, reason: string, failure: string): void {
    this.#metrics.disabled.inc({ reason });
    this.#log.error(
      { webhook, reason, failure },
      "a webhook is disabled: nothing more is sent to it until it is enabled",
    );
  }

  /** By the operator. */
  changed(webhook: string, what: string): void {
    this.#log.info({ webhook, what }, "a webhook was changed");
  }

  redelivered(webhook: string, redelivery: string): void {
    this.#log.info({ webhook, redelivery }, "facts were delivered once more");
  }
}
