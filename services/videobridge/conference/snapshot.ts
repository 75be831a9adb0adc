import { describeSent } from "../domain/sources.ts";
import type { Relay } from "../relay/relay.ts";
import type { Conference } from "./conference.ts";
import type { Endpoint } from "./endpoint.ts";

/** A conference without its endpoints. */
export function describeConference({ id, room, epoch, speakers, relays, router }: Conference) {
  const byRelay = Map.groupBy(relays.present(), ({ relay }) => relay);
  return {
    conference: id,
    room,
    epoch,
    videoCodec: router.videoCodec,
    dominantSpeaker: speakers.dominant ?? "",
    remote: [...byRelay].map(([{ peer }, sendings]) => ({
      bridge: peer.bridge,
      instance: peer.instance,
      names: sendings.map(({ source }) => source.name),
    })),
  };
}

export function describeEndpoint(endpoint: Endpoint) {
  const { identity, isAccepted, state, sent, received } = endpoint;
  return {
    endpoint: identity.id,
    jingleSession: identity.jingleSession,
    bridgeSession: identity.bridgeSession,
    accepted: isAccepted,
    connected: state.isConnected,
    sources: [...sent.values()].map(({ source, videoType }) => describeSent({ ...source, videoType })),
    received: [...received.values()].map((receiving) => receiving.describe()),
    waiting: [...received].flatMap(([name, { isApplied }]) => (isApplied ? [] : [name])),
    forceMute: endpoint.forceMuted,
  };
}

/** For people who look for a fault: /debug. Nothing here opens a door: no passwords. */
export function debugConference(conference: Conference) {
  const { id, room, epoch, speakers, endpoints, createdAt } = conference;
  return {
    id,
    name: room,
    epoch: String(epoch),
    videoCodec: conference.router.videoCodec,
    created: new Date(createdAt).toISOString(),
    dominantSpeaker: speakers.dominant ?? null,
    previousSpeakers: speakers.previous,
    endpoints: Object.fromEntries([...endpoints.values()].map((endpoint) => [endpoint.id, debugEndpoint(endpoint)])),
    relays: Object.fromEntries(
      [...conference.relays.current.values()].map((relay) => [relay.peer.bridge, debugRelay(relay, conference)]),
    ),
  };
}

/** No keys. */
function debugRelay(relay: Relay, { relays }: Conference) {
  const { ip, port } = relay.transport.local;
  return {
    instance: relay.peer.instance,
    local: `${ip}:${port}`,
    isMet: relay.otherEnd !== undefined,
    silentEndpoints: [...relay.silent],
    crossing: [...relay.crossings.values()].map(({ sending, wish }) => ({ name: sending.source.name, ...wish })),
    arriving: relays
      .present()
      .filter((sending) => sending.relay === relay)
      .map((sending) => ({
        name: sending.source.name,
        isSending: sending.isSending,
        layers: sending.source.encodings.length,
        wantedHeight: sending.wantedHeight,
        crossing: sending.crossing,
      })),
  };
}

export function debugEndpoint(endpoint: Endpoint) {
  const { identity, isAccepted, state, reception, channel, constraints, sent, received } = endpoint;
  return {
    statsId: identity.statsId,
    jingleSession: identity.jingleSession,
    bridgeSession: identity.bridgeSession,
    accepted: isAccepted,
    isPlain: endpoint.transport.isPlain,
    transport: { ...state, iceGeneration: endpoint.iceGeneration, bytesReceived: reception?.bytesReceived ?? 0 },
    isActive: reception?.isActive ?? false,
    isHeldBack: endpoint.isHeldBack,
    forceMuted: endpoint.forceMuted,
    channel: channel ? { ...channel.count } : null,
    constraints: { ...constraints, constraints: Object.fromEntries(constraints.constraints) },
    downlink: endpoint.downlink.describe(),
    sources: [...sent.values()].map((sending) => ({
      name: sending.source.name,
      ssrcs: sending.source.ssrcs,
      layers: sending.source.encodings.length,
      isShown: sending.isShown,
      wantedHeight: sending.wantedHeight,
    })),
    received: [...received.values()].map((receiving) => ({
      name: receiving.sending.source.name,
      ssrc: receiving.ssrcs.ssrc,
      isApplied: receiving.isApplied,
      isForwarded: receiving.isForwarded,
      isSuspended: receiving.isSuspended,
    })),
  };
}
