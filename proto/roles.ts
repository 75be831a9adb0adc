/**
 * Who says, serves, calls and hears what. The NATS permissions of each role are generated from this table
 * (deploy/nats), so a role that publishes or serves outside its own is refused by the server.
 */
import type { EventContract, RequestContract } from "./contract.ts";
import { chat, conference, recording, service, sip } from "./facts.ts";
import { type BucketContract, buckets, type StreamContract, streams } from "./storage.ts";
import { bridge, calls, focus, gateway, instance, muc, relay, webhooks, xmpp } from "./subjects.ts";

export type RoleContract = {
  readonly says: readonly EventContract[];
  readonly serves: readonly RequestContract[];
  readonly calls: readonly RequestContract[];
  readonly hears: readonly EventContract[];
  /** Streams it may look at or keep alive. Publishing to a stream is saying its subjects. */
  readonly reads: readonly StreamContract[];
  /** Streams it follows by consumers of its own where they are; it makes none and changes none. */
  readonly follows?: readonly StreamContract[];
  readonly buckets: readonly BucketContract[];
  /** Buckets of others: it reads what is there, and writes nothing. */
  readonly watches: readonly BucketContract[];
};

const life = Object.values(service);
/** Answered by each process itself, through the kit. */
const self = [instance.metrics, instance.examine, instance.reach];

const { focusUp, ...focusRequests } = focus;
const { serverUp, ...roomEvents } = muc;
const {
  heartbeat,
  down,
  endpointConnected,
  endpointDisconnected,
  endpointsLost,
  dominantSpeakerChanged,
  endpointReacted,
  ...bridgeRequests
} = bridge;
const bridgeEvents = [
  heartbeat,
  down,
  endpointConnected,
  endpointDisconnected,
  endpointsLost,
  dominantSpeakerChanged,
  endpointReacted,
];

/** What a recorder of tracks serves as a bridge does: it is told what to fetch. */
const fetching = [
  bridge.addRemoteSources,
  bridge.removeRemoteSources,
  bridge.dropRelay,
  bridge.expireConference,
  bridge.snapshot,
];

const { occupantChanged, ...callRequests } = calls;
const { heartbeat: gatewayHeartbeat, dial, ...occupantRequests } = gateway;

const { relaySources, ...relayEventTable } = relay;
const relayEvents = Object.values(relayEventTable);

export const roles = {
  xmpp: {
    says: [...Object.values(roomEvents), serverUp, occupantChanged, ...life],
    serves: [...self, ...Object.values(xmpp), ...Object.values(callRequests)],
    calls: [...Object.values(focusRequests), ...Object.values(occupantRequests)],
    hears: [focusUp, gatewayHeartbeat],
    reads: [streams.service],
    buckets: [buckets.xmppState, buckets.units, buckets.accounts, buckets.settings],
    watches: [buckets.recorders, buckets.bridges, buckets.gateways],
  },
  focus: {
    says: [focusUp, ...Object.values(conference), ...Object.values(chat), ...life],
    serves: [...self, instance.rooms, ...Object.values(focusRequests)],
    calls: [...Object.values(xmpp), ...Object.values(bridgeRequests), dial],
    hears: [...Object.values(roomEvents), serverUp, ...bridgeEvents],
    reads: [streams.conference, streams.chat],
    buckets: [
      buckets.rooms,
      buckets.units,
      buckets.persons,
      buckets.settings,
      buckets.recordingJobs,
      buckets.recordingStates,
      buckets.recorders,
    ],
    watches: [buckets.gateways],
  },
  videobridge: {
    says: [...bridgeEvents, ...relayEvents, ...life],
    serves: [...self, instance.openMediaCheck, ...Object.values(bridgeRequests), relaySources],
    calls: [relaySources],
    hears: relayEvents,
    reads: [],
    buckets: [buckets.bridges],
    watches: [],
  },
  web: {
    says: [...life],
    serves: self,
    calls: [],
    hears: [heartbeat, down],
    reads: [streams.service],
    buckets: [buckets.settings, buckets.acmeChallenges, buckets.joins],
    watches: [buckets.units, buckets.recorders, buckets.gateways],
  },
  recorder: {
    says: [relay.state, ...Object.values(recording), ...life],
    serves: [...self, ...fetching],
    calls: [relaySources, xmpp.identify],
    hears: [relay.state, ...Object.values(conference)],
    reads: [streams.conference],
    buckets: [
      buckets.recordingJobs,
      buckets.recordingStates,
      buckets.recorders,
      buckets.recordings,
      buckets.librarySessions,
      buckets.persons,
      buckets.settings,
    ],
    watches: [buckets.hosts],
  },
  "sip-gateway": {
    says: [gatewayHeartbeat, ...Object.values(sip), ...life],
    serves: [...self, dial, ...Object.values(occupantRequests)],
    calls: [...Object.values(callRequests), focus.acceptSession, focus.terminateSession, focus.requestMute],
    hears: [occupantChanged, serverUp],
    reads: [streams.conference],
    buckets: [buckets.gateways, buckets.sipCalls, buckets.conferenceCodes, buckets.settings],
    watches: [],
  },
  webhooks: {
    says: [...life],
    serves: [...self, ...Object.values(webhooks)],
    // The operator's command asks with this role's credentials.
    calls: Object.values(webhooks),
    hears: [],
    reads: [],
    follows: [streams.conference, streams.service, streams.chat],
    buckets: [buckets.webhookEndpoints, buckets.webhookStates],
    watches: [],
  },
} as const satisfies Record<string, RoleContract>;

export type RoleName = keyof typeof roles;
