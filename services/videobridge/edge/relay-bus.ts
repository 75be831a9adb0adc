import type { Bus, Subscription } from "@veche/kit/bus.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { bridge as bridgeSubjects, relay as subjects } from "@veche/proto/subjects.ts";
import { type Bridge, requireId } from "../conference/bridge.ts";
import { unwrap } from "../conference/unwrap.ts";
import { readVideoCodec } from "../domain/video-codec.ts";
import type { RelayLink } from "../relay/relay-link.ts";

/** Shorter than what the focus waits for an answer to add-remote-sources. */
const askTimeoutMs = 1_500;

/** How bridges of a conference talk to each other: over the bus. */
export function openRelayLink(bus: Bus, bridge: string, instance: string): RelayLink {
  return {
    bridge,
    instance,
    ask: (other, request) =>
      bus.request(subjects.relaySources, { bridge: other }, request, { timeoutMs: askTimeoutMs }),
    tellState: (other, state) => bus.publish(subjects.state, { bridge: other }, state),
    pass: (other, message) => bus.publish(subjects.message, { bridge: other }, message),
  };
}

/** What the focus asks about other bridges, and what those ask and say. */
export function serveRelays(bus: Bus, bridge: Bridge, { bridge: id, instance }: RelayLink): Subscription[] {
  const here = { bridge: id };
  return [
    bus.serve(
      bridgeSubjects.addRemoteSources,
      async (request) => {
        bridge.fence(request.conference, request.epoch);
        requireId("bridge", request.bridge);
        requireId("instance", request.instance);
        if (request.bridge === id)
          throw new VecheError("invalid-argument", `bridge: expected another one than ${id} itself`);
        const codec = unwrap(readVideoCodec(request.videoCodec));
        return (await bridge.open(request.conference, request.room, codec)).relays.fetch(request);
      },
      here,
    ),
    bus.serve(
      bridgeSubjects.removeRemoteSources,
      async (request) => {
        bridge.fence(request.conference, request.epoch);
        const relays = bridge.conferences.get(request.conference)?.relays;
        return { withdrawals: (await relays?.remove(request.names)) ?? [] };
      },
      here,
    ),
    bus.serve(
      bridgeSubjects.dropRelay,
      async (request) => {
        bridge.fence(request.conference, request.epoch);
        const relays = bridge.conferences.get(request.conference)?.relays;
        return { withdrawals: (await relays?.drop(request.bridge)) ?? [] };
      },
      here,
    ),
    bus.serve(
      subjects.relaySources,
      async (request) => {
        bridge.fence(request.conference, request.epoch);
        requireId("bridge", request.bridge);
        requireId("instance", request.instance);
        if (request.toInstance !== instance)
          throw new VecheError(
            "failed-precondition",
            `bridge ${id}: it is another process than the one that was asked`,
          );
        return bridge.find(request.conference).relays.serve(request);
      },
      here,
    ),
    bus.subscribe(subjects.state, (state) => bridge.conferences.get(state.conference)?.relays.hearState(state), here),
    bus.subscribe(
      subjects.message,
      (message) => bridge.conferences.get(message.conference)?.relays.hearMessage(message),
      here,
    ),
  ];
}
