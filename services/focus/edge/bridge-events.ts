import type { Bus, Subscription } from "@veche/kit/bus.ts";
import { bridge } from "@veche/proto/subjects.ts";
import type { Conferences } from "../conference/conferences.ts";

/** Hears what bridges say of endpoints. */
export function hearBridges(bus: Bus, conferences: Conferences): readonly Subscription[] {
  return [
    bus.subscribe(bridge.endpointConnected, ({ conference, endpoint, jingleSession }) => {
      conferences.tellSession(conference, { type: "endpoint-connected", endpoint, jingleSession });
    }),
    bus.subscribe(bridge.endpointDisconnected, ({ conference, endpoint, jingleSession, stage }) => {
      conferences.tellSession(conference, { type: "endpoint-disconnected", endpoint, jingleSession, stage });
    }),
    bus.subscribe(bridge.endpointsLost, ({ conference, endpoints }, { bridge: id }) => {
      conferences.tellSession(conference, { type: "endpoints-lost", bridge: id, endpoints });
    }),
    bus.subscribe(bridge.dominantSpeakerChanged, ({ conference, endpoint }, { bridge: id }) => {
      conferences.tellSession(conference, { type: "speaker-changed", bridge: id, endpoint });
    }),
    bus.subscribe(bridge.endpointReacted, ({ conference, endpoint, reactions }) => {
      conferences.tellSession(conference, { type: "reacted", endpoint, reactions });
    }),
  ];
}
