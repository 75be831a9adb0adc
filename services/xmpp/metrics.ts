import type { Metrics } from "@veche/kit/metrics.ts";

/** The role's metrics; the README's table is made from this. */
export function createMetrics(metrics: Metrics) {
  return {
    sessions: metrics.gauge("sessions", "Signed-in clients, those that may still come back included.", ["transport"]),
    interrupted: metrics.gauge("sessions_interrupted", "Clients whose connection is gone and who may still come back."),
    unauthenticated: metrics.gauge("streams_unauthenticated", "Connections that have not signed in."),
    rooms: metrics.gauge("rooms", "Rooms that are open."),
    occupants: metrics.gauge("occupants", "People in rooms."),
    accounts: metrics.gauge("accounts", "People who may sign in with a password."),
    stateWaiting: metrics.gauge("state_records_waiting", "Records that are not written behind yet."),
    stateFailures: metrics.gauge(
      "state_write_failures",
      "Records that could not be written at the first try, since the start.",
    ),
    stanzasReceived: metrics.counter("stanzas_received_total", "Stanzas clients sent.", ["kind"]),
    streamErrors: metrics.counter("stream_errors_total", "Streams ended for a fault of the client.", ["condition"]),
    refusedStreams: metrics.counter("streams_refused_total", "Streams cut before sign-in.", ["reason"]),
    signIns: metrics.counter("sign_ins_total", "Attempts to sign in that came to an end.", ["mechanism", "outcome"]),
    joins: metrics.counter("joins_total", "People who entered a room."),
    leaves: metrics.counter("leaves_total", "People who left a room.", ["reason"]),
    resumes: metrics.counter("resumes_total", "Streams that were gone on with.", ["outcome"]),
    restored: metrics.counter("restored_total", "What was taken over from a process before this one.", ["kind"]),
  };
}

export type XmppMetrics = ReturnType<typeof createMetrics>;
