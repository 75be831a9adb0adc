import type { Bus, Subscription } from "@veche/kit/bus.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import { type Bridge, requireId } from "../conference/bridge.ts";
import type { Conference } from "../conference/conference.ts";
import { describePage } from "../conference/snapshot-page.ts";
import { readForceMute } from "../domain/force-mute.ts";
import { readVideoCodec } from "../domain/video-codec.ts";
import type { Heartbeats } from "./heartbeats.ts";

type Addressed = { readonly conference: string; readonly epoch: bigint; readonly endpoint: string };

/** What the focus may ask of this bridge. Each may be asked twice: the second time finds it done. */
export function serveRequests(bus: Bus, id: string, bridge: Bridge, heartbeats: Heartbeats): Subscription[] {
  const here = { bridge: id };
  const fenced = (request: Addressed): Conference => {
    bridge.fence(request.conference, request.epoch);
    requireId("endpoint", request.endpoint);
    return bridge.find(request.conference);
  };
  return [
    bus.serve(
      subjects.createEndpoint,
      async (request) => {
        bridge.fence(request.conference, request.epoch);
        requireId("endpoint", request.endpoint);
        requireId("jingle_session", request.jingleSession);
        const codec = readVideoCodec(request.videoCodec);
        if (!codec.ok) throw new VecheError("invalid-argument", `video_codec: ${codec.reason}`);
        return retryOnce(async () =>
          (await bridge.open(request.conference, request.room, codec.value)).create(request),
        );
      },
      here,
    ),
    bus.serve(subjects.connectEndpoint, async (request) => fenced(request).connect(request), here),
    bus.serve(
      subjects.addSources,
      async (request) => fenced(request).addSources(request.endpoint, request.sources),
      here,
    ),
    bus.serve(
      subjects.removeSources,
      async (request) => ({ withdrawals: await fenced(request).removeSources(request.endpoint, request.names) }),
      here,
    ),
    bus.serve(
      subjects.resumeSources,
      async (request) => {
        await fenced(request).resume(request.endpoint, request.names);
        return {};
      },
      here,
    ),
    bus.serve(
      subjects.restartIce,
      async (request) => ({ transport: (await fenced(request).restartIce(request.endpoint)).describeTransport() }),
      here,
    ),
    bus.serve(
      subjects.setForceMute,
      async (request) => {
        await fenced(request).setForceMute(request.endpoint, readForceMute(request));
        return {};
      },
      here,
    ),
    bus.serve(
      subjects.expireEndpoint,
      async (request) => {
        bridge.fence(request.conference, request.epoch);
        const conference = bridge.conferences.get(request.conference);
        return { withdrawals: (await conference?.expire(request.endpoint, "asked for")) ?? [] };
      },
      here,
    ),
    bus.serve(
      subjects.expireConference,
      (request) => {
        bridge.fence(request.conference, request.epoch);
        bridge.expire(request.conference, "asked for");
        return {};
      },
      here,
    ),
    bus.serve(
      subjects.snapshot,
      (request) => ({ state: heartbeats.state(), ...describePage(bridge.conferences, request) }),
      here,
    ),
  ];
}

/** A conference may end between being found and being asked: its successor is asked then. */
async function retryOnce<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof VecheError && error.code === "unavailable") return action();
    throw error;
  }
}
