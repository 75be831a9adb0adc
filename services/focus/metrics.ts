import type { Metrics } from "@veche/kit/metrics.ts";

export type FocusMetrics = ReturnType<typeof createFocusMetrics>;

export function createFocusMetrics(metrics: Metrics) {
  const made = {
    conferences: metrics.counter("conferences_created_total", "Conferences opened by this process."),
    takeovers: metrics.counter("conferences_taken_over_total", "Conferences taken over from an earlier process."),
    fenced: metrics.counter("conferences_fenced_total", "Conferences lost to another focus."),
    current: metrics.gauge("conferences_current_count", "Conferences now."),
    participants: metrics.gauge("participants_current_count", "Participants now."),
    joined: metrics.counter("participants_total", "Participants who joined."),
    largest: metrics.gauge("largest_conference_count", "Participants in the largest conference now."),
    invitations: metrics.counter("invitations_total", "Endpoints asked of bridges."),
    moved: metrics.counter("participants_moved_total", "Participants invited to another bridge after a failure."),
    restarts: metrics.counter("session_restarts_total", "New sessions that clients asked for."),
    refusals: metrics.counter("refusals_total", "Requests of clients that were refused.", ["request", "code"]),
    failures: metrics.counter("failed_requests_total", "Requests that another role did not do.", [
      "to",
      "request",
      "code",
    ]),
    facts: metrics.counter("facts_total", "Public facts said.", ["fact"]),
    factRetries: metrics.counter("fact_retries_total", "Facts that had to be sent again."),
    jobRetries: metrics.counter("recording_job_retries_total", "Jobs of recorders that had to be stored again."),
    recorders: metrics.gauge("recorders_count", "Recorders heard of."),
    availableRecorders: metrics.gauge("available_recorders_count", "Recorders that take jobs now."),
    recordings: metrics.gauge("recordings_current_count", "Recordings and streams of this focus's rooms.", ["kind"]),
    recordingsWaiting: metrics.gauge("recordings_waiting_count", "Jobs that wait for a recorder, of all rooms."),
    gateways: metrics.gauge("gateways_count", "SIP gateways heard of."),
    drainingGateways: metrics.gauge("draining_gateways_count", "SIP gateways that are going away."),
    calls: metrics.gauge("calls_current_count", "Telephone calls in this focus's rooms."),
    dials: metrics.counter("dials_total", "Telephones that clients asked to have dialled.", ["outcome"]),
    dialRetries: metrics.counter("dial_retries_total", "Dial requests that went to another gateway."),
    dialFailures: metrics.counter("dial_failures_total", "Dial requests that a gateway did not do.", ["code"]),
    factsWaiting: metrics.gauge("facts_waiting_count", "Public facts not stored yet."),
    bridges: metrics.gauge("bridges_count", "Bridges heard of."),
    operationalBridges: metrics.gauge("operational_bridges_count", "Bridges that are healthy."),
    bridgesLost: metrics.counter("bridges_lost_total", "Bridges that vanished."),
    jingle: metrics.counter("jingle_total", "Jingle sent to clients and received from them.", ["direction", "action"]),
    splits: metrics.counter("conference_splits_total", "Further bridges taken into a conference.", ["reason"]),
    xmppRoundTrip: metrics.gauge("xmpp_round_trip_seconds", "From the focus to the XMPP server and back, median."),
  };
  nameAsJitsi(metrics, made);
  return made;
}

/** ConferenceMetrics and BridgeSelector of jicofo. */
function nameAsJitsi(metrics: Metrics, made: FocusMetrics): void {
  metrics.alsoAs("jitsi_jicofo_conferences", made.current);
  metrics.alsoAs("jitsi_jicofo_conferences_created_total", made.conferences);
  metrics.alsoAs("jitsi_jicofo_participants_current", made.participants);
  metrics.alsoAs("jitsi_jicofo_participants_total", made.joined);
  metrics.alsoAs("jitsi_jicofo_participants_moved_total", made.moved);
  metrics.alsoAs("jitsi_jicofo_participants_restart_requested_total", made.restarts);
  metrics.alsoAs("jitsi_jicofo_participants_ice_failed_total", made.facts, { fact: "participantConnectionFailed" });
  metrics.alsoAs("jitsi_jicofo_largest_conference", made.largest);
  metrics.alsoAs("jitsi_jicofo_bridge_selector_bridge_count", made.bridges);
  metrics.alsoAs("jitsi_jicofo_bridge_selector_bridge_count_operational", made.operationalBridges);
}
