import type { BridgeUse } from "./bridge-selection/bridge.ts";
import {
  type Client,
  type Conference,
  idleSession,
  type Member,
  openConference,
  type PublishedSource,
  type RoomRef,
  type RosterLine,
} from "./conference.ts";
import type { Fact, FactBodies, ParticipantRef } from "./facts.ts";
import { type AvMedia, openPolicy, openToldPolicy, type ToldPolicy } from "./policy.ts";
import { type RecordingMemory, rememberRecording, restoreRecordings } from "./recording-memory.ts";

/**
 * A sitting as its own facts tell it. The focus keeps nothing on disk: after a start, the stream is its memory of who is
 * in, what they send and how far the numbers have come.
 */
export type Memory = {
  readonly seq: number;
  readonly epoch: number;
  readonly meetingId: string;
  readonly startedMs: number;
  readonly hasEnded: boolean;
  readonly inside: ReadonlyMap<string, Remembered>;
  readonly joins: number;
  /** Somebody who is no call has been in. */
  readonly hadPeople: boolean;
  readonly roster: ReadonlyMap<string, RosterLine>;
  readonly peak: number;
  readonly hands: number;
  readonly polls: number;
  readonly mainRoom: string;
  readonly toldPolicy: ToldPolicy;
  readonly lobby: ReadonlyMap<string, ParticipantRef>;
  /** Its main bridge first. */
  readonly bridges: readonly RememberedBridge[];
  readonly speaker: string;
  readonly speakerMs: number;
  readonly recordings: RecordingMemory;
};

type RememberedBridge = { readonly id: string; readonly region: string; readonly reason: string };

type Remembered = {
  readonly participant: ParticipantRef;
  readonly joinedMs: number;
  readonly ordinal: number;
  readonly client: Client;
  readonly region: string;
  readonly interrupted: boolean;
  readonly handMs: number;
  readonly published: ReadonlyMap<string, PublishedSource>;
  readonly speakingMs: number;
  readonly blocks: ReadonlySet<AvMedia>;
  readonly isMoving: boolean;
  /** It has moderated during this stay. */
  readonly wasOwner: boolean;
};

export const emptyMemory: Memory = {
  seq: 0,
  epoch: 0,
  meetingId: "",
  startedMs: 0,
  hasEnded: false,
  inside: new Map(),
  joins: 0,
  hadPeople: false,
  roster: new Map(),
  peak: 0,
  hands: 0,
  polls: 0,
  mainRoom: "",
  toldPolicy: openToldPolicy,
  lobby: new Map(),
  bridges: [],
  speaker: "",
  speakerMs: 0,
  recordings: new Map(),
};

/** Folds the next fact of the sitting in. A fact of an owner that was already replaced counts for nothing. */
export function remember(memory: Memory, fact: Fact): Memory {
  if (fact.epoch < memory.epoch || fact.seq <= memory.seq) return memory;
  const recordings = rememberRecording(memory.recordings, fact);
  const next = { ...memory, seq: fact.seq, epoch: fact.epoch, recordings };
  switch (fact.name) {
    case "sessionStarted":
      return { ...next, startedMs: fact.timeMs, meetingId: fact.body.meetingId, mainRoom: fact.body.mainRoom };
    case "sessionEnded":
      return { ...next, hasEnded: true };
    case "bridgeAssigned":
    case "bridgeMoved":
      // The main bridge has gone; the next may have taken part before.
      return { ...next, bridges: [bridgeOf(fact.body), ...withoutBridge(next.bridges.slice(1), fact.body)] };
    case "bridgeRelayUp":
      return { ...next, bridges: [...withoutBridge(next.bridges, fact.body), bridgeOf(fact.body)] };
    case "bridgeRelayDown":
      return { ...next, bridges: withoutBridge(next.bridges, fact.body) };
    case "speakerChanged":
      return { ...addSpeaking(next, fact.timeMs), speaker: fact.body.endpoint, speakerMs: fact.timeMs };
    case "participantJoined":
      return rememberJoined(next, fact);
    case "participantLeft":
      return rememberLeft(next, fact);
    case "participantLobbyEntered":
      return { ...next, lobby: new Map(next.lobby).set(fact.body.participant.endpoint, fact.body.participant) };
    case "participantLobbyLeft":
    case "participantAdmitted":
    case "participantRejected":
      return { ...next, lobby: without(next.lobby, fact.body.participant.endpoint) };
    case "moderationPolicyChanged": {
      const { moderated, startAudioMuted, startVideoMuted } = fact.body;
      return { ...next, toldPolicy: { moderated, startAudioMuted, startVideoMuted } };
    }
    case "pollCreated":
      return { ...next, polls: next.polls + 1 };
    default:
      return "participant" in fact.body ? rememberChange(next, fact) : next;
  }
}

function bridgeOf({ bridge: id, region, reason }: FactBodies["bridgeAssigned"]): RememberedBridge {
  return { id, region, reason };
}

function withoutBridge(
  bridges: readonly RememberedBridge[],
  { bridge }: { readonly bridge: string },
): readonly RememberedBridge[] {
  return bridges.filter(({ id }) => id !== bridge);
}

type FactOf<N extends Fact["name"]> = Extract<Fact, { readonly name: N }>;

function rememberJoined(memory: Memory, { body, timeMs }: FactOf<"participantJoined">): Memory {
  const { participant, client, region, counts } = body;
  const joins = memory.joins + 1;
  const line = memory.roster.get(participant.person) ?? { firstJoinMs: timeMs, lastLeaveMs: 0, ms: 0, speakingMs: 0 };
  const entry: Remembered = {
    participant,
    joinedMs: timeMs,
    ordinal: joins,
    client,
    region,
    interrupted: false,
    handMs: 0,
    published: new Map(),
    speakingMs: 0,
    blocks: new Set(),
    isMoving: false,
    wasOwner: participant.role === "moderator",
  };
  return {
    ...memory,
    joins,
    hadPeople: memory.hadPeople || participant.kind !== "sip",
    inside: new Map(memory.inside).set(participant.endpoint, entry),
    roster: new Map(memory.roster).set(participant.person, line),
    peak: Math.max(memory.peak, counts.participants),
  };
}

function rememberLeft(memory: Memory, { body, timeMs }: FactOf<"participantLeft">): Memory {
  const { endpoint, person } = body.participant;
  const inside = new Map(memory.inside);
  inside.delete(endpoint);
  const line = memory.roster.get(person) ?? { firstJoinMs: timeMs, lastLeaveMs: 0, ms: 0, speakingMs: 0 };
  return {
    ...memory,
    inside,
    roster: new Map(memory.roster).set(person, {
      ...line,
      lastLeaveMs: timeMs,
      ms: line.ms + body.seconds * 1000,
      speakingMs: line.speakingMs + body.speakingSeconds * 1000,
    }),
  };
}

function rememberChange(memory: Memory, fact: Fact): Memory {
  if (!("participant" in fact.body)) return memory;
  const { participant } = fact.body;
  const known = memory.inside.get(participant.endpoint);
  if (!known) return memory;
  const wasOwner = known.wasOwner || participant.role === "moderator";
  const changed = { ...known, participant, wasOwner, ...changesOf(known, fact) };
  const hands = memory.hands + (fact.name === "participantHandRaised" ? 1 : 0);
  return { ...memory, hands, inside: new Map(memory.inside).set(participant.endpoint, changed) };
}

function changesOf(known: Remembered, fact: Fact): Partial<Remembered> {
  switch (fact.name) {
    case "participantInterrupted":
      return { interrupted: true };
    case "participantResumed":
      return { interrupted: false };
    case "participantHandRaised":
      return { handMs: fact.timeMs };
    case "participantHandLowered":
      return { handMs: 0 };
    case "sourcePublished":
    case "sourceMuted":
    case "sourceUnmuted": {
      const { name, kind, codec, muted } = fact.body.source;
      return { published: new Map(known.published).set(name, { kind, codec, muted }) };
    }
    case "sourceUnpublished": {
      const published = new Map(known.published);
      published.delete(fact.body.source.name);
      return { published };
    }
    case "participantMoved":
      return { isMoving: true };
    case "sourceBlocked":
      return { blocks: new Set([...known.blocks, fact.body.media]) };
    case "sourceUnblocked": {
      const { media } = fact.body;
      return { blocks: new Set([...known.blocks].filter((one) => one !== media)) };
    }
    default:
      return {};
  }
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}

function addSpeaking(memory: Memory, now: number): Memory {
  const known = memory.inside.get(memory.speaker);
  if (!known) return memory;
  const speakingMs = known.speakingMs + Math.max(0, now - memory.speakerMs);
  return { ...memory, inside: new Map(memory.inside).set(memory.speaker, { ...known, speakingMs }) };
}

export type Restoring = {
  readonly room: RoomRef;
  readonly session: string;
  readonly epoch: number;
  readonly unit: string;
  readonly messages: number;
};

/** The conference as remembered, before it is compared with the room and the bridges. */
export function restore(memory: Memory, restoring: Restoring, now: number): Conference {
  const { room, session, epoch, unit, messages } = restoring;
  const opened = openConference({ room, session, epoch, unit, meetingId: memory.meetingId }, now);
  const members = new Map([...memory.inside].map(([endpoint, entry]) => [endpoint, restoreMember(entry)]));
  return {
    ...opened,
    seq: memory.seq,
    startedMs: memory.startedMs,
    members,
    joins: memory.joins,
    hadPeople: memory.hadPeople,
    roster: memory.roster,
    totals: { peak: memory.peak, messages, hands: memory.hands, polls: memory.polls },
    policy: { ...openPolicy, mainRoom: memory.mainRoom },
    toldPolicy: memory.toldPolicy,
    lobby: memory.lobby,
    recordings: restoreRecordings(memory.recordings),
    bridges: memory.bridges.map(restoreBridge),
    speaker: { endpoint: memory.speaker, sinceMs: now, told: memory.speaker, toldMs: memory.speakerMs },
  };
}

/** Lost until its snapshot says otherwise. */
function restoreBridge({ id, region, reason }: RememberedBridge): BridgeUse {
  return { id, instance: "", region, reason, isLost: true, lostReason: "failure", isTold: true, unusedSinceMs: 0 };
}

function restoreMember(entry: Remembered): Member {
  const {
    participant,
    joinedMs,
    ordinal,
    client,
    region,
    interrupted,
    handMs,
    published,
    speakingMs,
    blocks,
    isMoving,
    wasOwner,
  } = entry;
  return {
    ...participant,
    isOwner: participant.role === "moderator",
    isEntitled: false,
    isService: false,
    gateway: "",
    userId: "",
    hidden: false,
    profile: { displayName: "", email: "", phone: "" },
    statsId: "",
    region,
    features: [],
    sources: [],
    raisedHandMs: handMs,
    client,
    interrupted,
    joinedMs,
    ordinal,
    session: idleSession,
    sentSources: new Map(),
    published,
    speakingMs,
    restarts: [],
    muteAsked: new Map(),
    blocks,
    ownerAskedUntilMs: 0,
    ownerFailures: 0,
    wasOwner,
    wasOffered: true,
    isMoving,
  };
}
