import type { Metrics } from "@veche/kit/metrics.ts";

export type WebMetrics = ReturnType<typeof createWebMetrics>;

export function createWebMetrics(metrics: Metrics) {
  return {
    requests: metrics.counter("requests_total", "Requests by route and class of status.", ["route", "status"]),
    tunnels: metrics.gauge("tunnels_open", "WebSockets passed through now.", ["upstream"]),
    tunnelsOpened: metrics.counter("tunnels_total", "WebSockets passed through since the start.", ["upstream"]),
    upstreamFailures: metrics.counter("upstream_failures_total", "Requests an upstream did not answer.", [
      "upstream",
      "reason",
    ]),
    waiting: metrics.gauge("waiting_requests", "Requests an upstream has not answered yet, polls included.", [
      "upstream",
    ]),
    sockets: metrics.gauge("sockets_open", "Client connections now.", ["listener"]),
    refusedSockets: metrics.counter("refused_sockets_total", "Connections closed by a limit.", ["limit"]),
    orders: metrics.counter("certificate_orders_total", "Certificates asked of an ACME server.", ["outcome"]),
    bridges: metrics.gauge("bridges_known", "Bridges whose channel can be reached."),
  };
}
