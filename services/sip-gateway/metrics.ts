import type { Metrics } from "@veche/kit/metrics.ts";

/** Every metric of this role. */
export function createGatewayMetrics(metrics: Metrics) {
  return {
    calls: metrics.gauge("calls_count", "Calls under way.", ["direction"]),
    conferences: metrics.gauge("conferences_count", "Conferences that calls are in."),
    begun: metrics.counter("calls_begun_total", "Calls that came in or went out.", ["direction"]),
    refused: metrics.counter("calls_refused_total", "Calls that were refused before they began.", ["why"]),
    ended: metrics.counter("calls_ended_total", "Calls that are over.", ["direction", "cause"]),
    seconds: metrics.counter("call_seconds_total", "How long calls lasted, from the answer on."),
    bridgeSilent: metrics.counter("bridge_silences_total", "Sessions of calls in which nothing came from the bridge."),
    registered: metrics.gauge("trunks_registered_count", "Trunks that are registered, or need not be."),
    sound: metrics.gauge("sound_load_ratio", "Load of the thread that mixes."),
    facts: metrics.gauge("facts_waiting_count", "Facts that wait for their stream."),
    codes: metrics.counter("codes_total", "Codes that were asked for over HTTP.", ["outcome"]),
  };
}

export type GatewayMetrics = ReturnType<typeof createGatewayMetrics>;
