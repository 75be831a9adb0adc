import type { Bus } from "@veche/kit/bus.ts";
import type { Log } from "@veche/kit/log.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import type { Conference } from "./conference/conference.ts";
import type { Endpoint } from "./conference/endpoint.ts";
import type { TransportFailure } from "./edge/media-engine.ts";
import type { Warnings } from "./edge/warnings.ts";
import type { BridgeMetrics } from "./metrics.ts";
import type { Relay } from "./relay/relay.ts";

/** Totals since the start, under the names of /colibri/stats. */
export type BridgeTotals = ReturnType<typeof newTotals>;

function newTotals() {
  return {
    total_conferences_created: 0,
    total_conferences_completed: 0,
    total_conference_seconds: 0,
    total_failed_conferences: 0,
    total_participants: 0,
    total_ice_succeeded: 0,
    total_ice_succeeded_tcp: 0,
    total_ice_failed: 0,
    total_dominant_speaker_changes: 0,
    total_layering_changes_received: 0,
    total_colibri_web_socket_messages_received: 0,
    total_colibri_web_socket_messages_sent: 0,
    dtls_failed_endpoints: 0,
  };
}

/** What happens on this bridge: one line of log, one metric, and where others need to know, one event on the bus. */
export class BridgeEvents {
  readonly totals: BridgeTotals = newTotals();
  readonly #bus: Bus;
  readonly #warnings: Pick<Warnings, "replace">;
  readonly #unanswered = new WeakSet<Relay>();
  readonly #bridge: string;
  readonly #log: Log;
  readonly #metrics: BridgeMetrics;

  constructor(bus: Bus, bridge: string, log: Log, metrics: BridgeMetrics, warnings: Pick<Warnings, "replace">) {
    this.#warnings = warnings;
    this.#bus = bus;
    this.#bridge = bridge;
    this.#log = log;
    this.#metrics = metrics;
  }

  conferenceCreated({ id, room }: Conference): void {
    this.#metrics.conferencesCreated.inc();
    this.totals.total_conferences_created += 1;
    this.#log.info({ session: id, room }, "conference created");
  }

  conferenceExpired({ id, room, createdAt }: Conference, reason: string, now = Date.now()): void {
    this.totals.total_conferences_completed += 1;
    this.totals.total_conference_seconds += Math.max(0, Math.round((now - createdAt) / 1000));
    this.#log.info({ session: id, room, reason }, "conference expired");
  }

  endpointCreated(conference: string, { id, received }: Endpoint): void {
    this.#metrics.endpointsCreated.inc();
    this.totals.total_participants += 1;
    this.#log.info({ session: conference, endpoint: id, sources: received.size }, "endpoint created");
  }

  endpointConnected(conference: string, endpoint: Endpoint, now: number): void {
    const { identity, state, createdAt, transport } = endpoint;
    this.#metrics.endpointsConnected.inc({ protocol: state.protocol || "unknown" });
    if (!transport.isPlain) this.totals.total_ice_succeeded += 1;
    if (state.protocol === "tcp") this.totals.total_ice_succeeded_tcp += 1;
    const { id, jingleSession } = identity;
    this.#log.info(
      { session: conference, endpoint: id, protocol: state.protocol, sinceOfferMs: now - createdAt },
      "endpoint connected",
    );
    this.#bus.publish(
      subjects.endpointConnected,
      { bridge: this.#bridge },
      { conference, endpoint: id, jingleSession, protocol: state.protocol },
    );
  }

  endpointDisconnected(conference: string, { identity }: Endpoint, stage: TransportFailure): void {
    this.#metrics.endpointsDisconnected.inc({ stage });
    if (stage === "ice") this.totals.total_ice_failed += 1;
    else if (stage === "dtls") this.totals.dtls_failed_endpoints += 1;
    const { id, jingleSession } = identity;
    this.#log.info({ session: conference, endpoint: id, stage }, "endpoint disconnected");
    this.#bus.publish(
      subjects.endpointDisconnected,
      { bridge: this.#bridge },
      { conference, endpoint: id, jingleSession, stage },
    );
  }

  endpointExpired(conference: string, { id }: Endpoint, reason: string): void {
    this.#log.info({ session: conference, endpoint: id, reason }, "endpoint expired");
  }

  endpointsLost(conference: string, endpoints: readonly string[], reason: string): void {
    this.#metrics.endpointsLost.inc(endpoints.length);
    this.totals.total_failed_conferences += 1;
    this.#log.error({ session: conference, endpoints: endpoints.length, reason }, "endpoints lost with a media worker");
    this.#bus.publish(
      subjects.endpointsLost,
      { bridge: this.#bridge },
      { conference, endpoints: [...endpoints], reason },
    );
  }

  dominantSpeakerChanged(conference: string, endpoint: string, previous: string): void {
    this.#metrics.speakerChanges.inc();
    this.totals.total_dominant_speaker_changes += 1;
    this.#log.debug({ session: conference, endpoint, previous }, "dominant speaker changed");
    this.#bus.publish(subjects.dominantSpeakerChanged, { bridge: this.#bridge }, { conference, endpoint, previous });
  }

  layeringChanged(count: number): void {
    this.totals.total_layering_changes_received += count;
  }

  reacted(conference: string, endpoint: string, reactions: readonly string[]): void {
    this.#log.debug({ session: conference, endpoint, reactions: reactions.length }, "endpoint reacted");
    this.#bus.publish(
      subjects.endpointReacted,
      { bridge: this.#bridge },
      { conference, endpoint, reactions: [...reactions] },
    );
  }

  relayMade(conference: string, { peer, transport }: Relay): void {
    this.#metrics.relaysMade.inc();
    this.#log.info({ session: conference, peer: peer.bridge, port: transport.local.port }, "relay made");
  }

  relayEnded(conference: string, { peer }: Relay): void {
    this.#log.info({ session: conference, peer: peer.bridge }, "relay ended");
  }

  /** All there are now. */
  relaysUnanswered(relays: readonly Relay[]): void {
    for (const relay of relays) {
      if (!this.#unanswered.has(relay)) this.#metrics.relaysUnanswered.inc();
      this.#unanswered.add(relay);
    }
    const peers = new Set(relays.map(({ peer }) => peer.bridge));
    const warnings = [...peers].map((peer) => ({
      kind: "relay-unanswered",
      text: `nothing comes back from the bridge ${peer}: UDP from JVB_RELAY_PORT_MIN to JVB_RELAY_PORT_MAX must be open between the two, at the addresses of JVB_RELAY_ADDRESS`,
    }));
    this.#warnings.replace(["relay-unanswered"], warnings);
  }

  channelOpened(conference: string, endpoint: string): void {
    this.#log.debug({ session: conference, endpoint }, "bridge channel opened");
  }

  channelClosed(
    conference: string,
    endpoint: string,
    count: { readonly received: number; readonly sent: number },
  ): void {
    this.#metrics.channelMessages.inc({ direction: "in" }, count.received);
    this.#metrics.channelMessages.inc({ direction: "out" }, count.sent);
    this.totals.total_colibri_web_socket_messages_received += count.received;
    this.totals.total_colibri_web_socket_messages_sent += count.sent;
    this.#log.debug({ session: conference, endpoint, ...count }, "bridge channel closed");
  }

  channelFault(conference: string, endpoint: string, reason: string): void {
    this.#metrics.channelFaults.inc();
    this.#log.debug({ session: conference, endpoint, reason }, "bridge channel frame dropped");
  }

  channelRefused(status: number, reason: string): void {
    this.#metrics.channelRefusals.inc({ status: String(status) });
    this.#log.info({ status, reason }, "bridge channel refused");
  }

  senderHeldBack(conference: string, endpoint: string, isHeldBack: boolean, load: object): void {
    if (isHeldBack) this.#metrics.heldBack.inc();
    this.#log.warn(
      { session: conference, endpoint, ...load },
      isHeldBack
        ? "a sender is held back: it sends more than anybody may"
        : "a sender that was held back is passed on again",
    );
  }
}
