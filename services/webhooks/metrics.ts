import type { Metrics } from "@veche/kit/metrics.ts";

const requestSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Every metric of this role. */
export function createWebhookMetrics(metrics: Metrics) {
  return {
    requests: metrics.counter("requests_total", "Requests to endpoints, by their answers.", ["outcome"]),
    seconds: metrics.histogram("request_seconds", "From the beginning of a request to its status.", requestSeconds),
    givenUp: metrics.counter("facts_given_up_total", "Facts that were left out: too large, or the operator's wish."),
    disabled: metrics.counter("endpoints_disabled_total", "Endpoints that this process disabled.", ["reason"]),
    endpoints: metrics.gauge("endpoints_count", "Endpoints, as all processes know them.", ["state"]),
  };
}

export type WebhookMetrics = ReturnType<typeof createWebhookMetrics>;
