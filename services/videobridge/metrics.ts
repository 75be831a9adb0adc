import type { Metrics } from "@veche/kit/metrics.ts";

/** Every metric of this role. */
export function createBridgeMetrics(metrics: Metrics) {
  const made = {
    conferences: metrics.gauge("conferences_count", "Conferences on this bridge."),
    endpoints: metrics.gauge("endpoints_count", "Endpoints on this bridge."),
    stress: metrics.gauge("stress_ratio", "Load of the bridge: 1 is the most it should carry."),
    packets: metrics.gauge("packets_per_second", "RTP packets forwarded and received each second.", ["direction"]),
    bits: metrics.gauge("bits_per_second", "What goes through the media ports each second.", ["direction"]),
    conferencesCreated: metrics.counter("conferences_created_total", "Conferences that began on this bridge."),
    endpointsCreated: metrics.counter("endpoints_created_total", "Endpoints that were invited to this bridge."),
    endpointsConnected: metrics.counter("endpoints_connected_total", "ICE and DTLS came up, or a call was accepted.", [
      "protocol",
    ]),
    endpointsDisconnected: metrics.counter(
      "endpoints_disconnected_total",
      "ICE or DTLS fell, or nothing came of a call any more.",
      ["stage"],
    ),
    endpointsLost: metrics.counter("endpoints_lost_total", "Endpoints that a dead media worker took along."),
    speakerChanges: metrics.counter("dominant_speaker_changes_total", "Changes of the dominant speaker."),
    channelMessages: metrics.counter("channel_messages_total", "Bridge channel messages.", ["direction"]),
    channelFaults: metrics.counter("channel_faults_total", "Frames of bridge channels that were dropped."),
    channelRefusals: metrics.counter("channel_refusals_total", "Bridge channels that were refused.", ["status"]),
    relaysMade: metrics.counter("relays_made_total", "Relays to other bridges of a conference."),
    relaysUnanswered: metrics.counter("relays_unanswered_total", "Relays by which nothing came back."),
    heldBack: metrics.counter("senders_held_back_total", "Senders whose media was held back for sending too much."),
  };
  nameAsJitsi(metrics, made);
  return made;
}

/** VideobridgePeriodicMetrics and VideobridgeStatistics of jitsi-videobridge. */
function nameAsJitsi(metrics: Metrics, made: BridgeMetrics): void {
  metrics.alsoAs("jitsi_jvb_stress", made.stress);
  metrics.alsoAs("jitsi_jvb_conferences", made.conferences);
  metrics.alsoAs("jitsi_jvb_current_endpoints", made.endpoints);
  metrics.alsoAs("jitsi_jvb_conferences_created_total", made.conferencesCreated);
  metrics.alsoAs("jitsi_jvb_endpoints_total", made.endpointsCreated);
  metrics.alsoAs("jitsi_jvb_incoming_bitrate", made.bits, { direction: "in" });
  metrics.alsoAs("jitsi_jvb_outgoing_bitrate", made.bits, { direction: "out" });
  metrics.alsoAs("jitsi_jvb_incoming_packet_rate", made.packets, { direction: "in" });
  metrics.alsoAs("jitsi_jvb_outgoing_packet_rate", made.packets, { direction: "out" });
}

export type BridgeMetrics = ReturnType<typeof createBridgeMetrics>;
