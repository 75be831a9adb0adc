import type { Bridge } from "../conference/bridge.ts";
import type { Endpoint } from "../conference/endpoint.ts";
import type { Measurements } from "../conference/measurements.ts";
import type { BridgeEvents } from "../events.ts";
import type { MediaEngine } from "./media-engine.ts";

export type StatsReport = Readonly<Record<string, string | number | boolean | readonly number[]>>;

/** Conferences of 0, 1, 2 … 20, and of 21 and more endpoints. */
const sizeBuckets = 22;

/** /colibri/stats, under the names that dashboards of Jitsi's bridge read. */
export function reportStats(given: {
  readonly bridge: Bridge;
  readonly engine: MediaEngine;
  readonly events: BridgeEvents;
  readonly measurements: Measurements;
  readonly relayId: string;
  readonly region: string;
  readonly version: string;
  readonly now: number;
}): StatsReport {
  const { bridge, engine, events, measurements, relayId, region, version, now } = given;
  const { latest } = measurements;
  const conferences = [...bridge.conferences.values()];
  const endpoints = conferences.flatMap((conference) => [...conference.endpoints.values()]);
  const relayed = conferences.filter(({ relays }) => relays.current.size > 0);
  const count = (test: (endpoint: Endpoint) => boolean) => endpoints.filter(test).length;
  const sizes = new Array<number>(sizeBuckets).fill(0);
  for (const conference of conferences) {
    const bucket = Math.min(conference.endpoints.size, sizeBuckets - 1);
    sizes[bucket] = (sizes[bucket] ?? 0) + 1;
  }
  return {
    current_timestamp: new Date(now).toISOString().replace("T", " ").replace("Z", ""),
    healthy: engine.problem === undefined,
    drain: bridge.isDraining,
    graceful_shutdown: false,
    shutting_down: false,
    region,
    version,
    release: version,
    stress_level: bridge.stress,
    threads: engine.workers + 1,
    conferences: conferences.length,
    inactive_conferences: conferences.filter((one) => [...one.endpoints.values()].every(isInactive)).length,
    largest_conference: Math.max(0, ...conferences.map((conference) => conference.endpoints.size)),
    conference_sizes: sizes,
    p2p_conferences: 0,
    relay_id: relayId,
    octo_conferences: relayed.length,
    octo_endpoints: relayed.reduce((sum, { relays }) => sum + relays.owners().size, 0),
    octo_receive_bitrate: latest.relayBitsInPerSecond,
    octo_send_bitrate: latest.relayBitsOutPerSecond,
    participants: endpoints.length,
    endpoints: endpoints.length,
    local_endpoints: endpoints.length,
    local_active_endpoints: count((one) => !isInactive(one)),
    inactive_endpoints: count(isInactive),
    endpoints_disconnected: count((one) => one.isAccepted && !one.state.isConnected),
    endpoints_sending_audio: count((one) => sends(one, "audio")),
    endpoints_sending_video: count((one) => sends(one, "video")),
    num_eps_oversending: count((one) => one.downlink.allocation?.isOversending === true),
    bit_rate_download: Math.round(latest.bitsInPerSecond / 1000),
    bit_rate_upload: Math.round(latest.bitsOutPerSecond / 1000),
    packet_rate_download: latest.packetsInPerSecond,
    packet_rate_upload: latest.packetsOutPerSecond,
    incoming_loss: latest.lossIn,
    outgoing_loss: latest.lossOut,
    overall_loss: (latest.lossIn + latest.lossOut) / 2,
    rtt_aggregate: latest.roundTripMs,
    total_bytes_received: latest.totalBytesIn,
    total_bytes_sent: latest.totalBytesOut,
    total_packets_received: latest.totalPacketsIn,
    ...events.totals,
  };
}

function isInactive(endpoint: Endpoint): boolean {
  return endpoint.reception?.isActive !== true;
}

function sends({ sent, state }: Endpoint, kind: "audio" | "video"): boolean {
  return state.isConnected && [...sent.values()].some(({ source, isShown }) => source.kind === kind && isShown);
}
