/** What a brewery shows of a role's instance, from the state that this has in its bucket. */
import type { BridgeHeartbeat } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import type { GatewayState } from "@veche/proto/gen/veche/gateway/v1/gateway_pb.ts";
import type { RecorderState } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { writeColibriStats, writeJibriStatus } from "../codec/jitsi-brewery.ts";

type Recorder = Pick<RecorderState, "healthy" | "draining" | "compositeFull">;

/** A Jibri makes composites and nothing else: it is busy when no further one is taken. */
export function recorderContent({ healthy, draining, compositeFull }: Recorder): string {
  return writeJibriStatus({ isBusy: compositeFull || draining, isHealthy: healthy });
}

type Bridge = Pick<BridgeHeartbeat, "bridge" | "region" | "version" | "healthy" | "draining" | "stress">;

/** The names that Jitsi's bridge lets into its presence, as its `/colibri/stats` has them; stress in hundredths. */
export function bridgeContent({ bridge, region, version, healthy, draining, stress }: Bridge, atMs: number): string {
  return writeColibriStats({
    stress_level: Math.round(stress * 100) / 100,
    healthy,
    drain: draining,
    graceful_shutdown: false,
    shutting_down: false,
    ...(region === "" ? {} : { region }),
    version,
    release: version,
    relay_id: bridge,
    current_timestamp: new Date(atMs).toISOString().replace("T", " ").replace("Z", ""),
  });
}

type Gateway = Pick<
  GatewayState,
  "region" | "version" | "healthy" | "draining" | "stress" | "calls" | "conferences" | "largestConference"
>;

/**
 * The names of Jigasi's statistics. One that is not healthy is shown as shutting down: Jitsi has no other word by which
 * nothing new is given to it.
 */
export function gatewayContent(gateway: Gateway): string {
  const { region, version, healthy, draining, stress, calls, conferences, largestConference } = gateway;
  return writeColibriStats({
    conferences,
    participants: calls,
    largest_conference: largestConference,
    stress_level: Math.round(stress * 100) / 100,
    shutdown_in_progress: draining || !healthy,
    supports_sip: true,
    supports_transcription: false,
    ...(region === "" ? {} : { region }),
    version,
  });
}
