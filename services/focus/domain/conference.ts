import type { Assigning, Destination } from "./breakouts.ts";
import type { BridgeUse } from "./bridge-selection/bridge.ts";
import type { ParticipantRef } from "./facts.ts";
import type { MediaDescription, Source } from "./media.ts";
import type { MuteSweep } from "./mute.ts";
import { type AvMedia, openPolicy, openToldPolicy, type Policy, type ToldPolicy } from "./policy.ts";
import type { Layout, OutputKind } from "./recording-job.ts";
import { noRecordings, type Recordings } from "./recordings.ts";
import type { RelayBook } from "./relays.ts";

export type RoomRef = {
  readonly tenant: string;
  readonly room: string;
  readonly name: string;
  readonly jid: string;
};

export type Kind = "web" | "mobile" | "sip" | "recorder";
export type Role = "visitor" | "member" | "moderator";
export type Client = { readonly app: string; readonly version: string; readonly browser: string; readonly os: string };
export type SourceState = { readonly name: string; readonly muted: boolean; readonly isDesktop: boolean };

/** Names and addresses: for the `persons` record, never for a fact. */
export type Profile = {
  readonly displayName: string;
  readonly email: string;
  /** Number or SIP address at the other end of a call. */
  readonly phone: string;
};

/** Somebody in the room, as the XMPP server says. */
export type Occupant = {
  readonly endpoint: string;
  readonly person: string;
  readonly kind: Kind;
  readonly role: Role;
  readonly isOwner: boolean;
  readonly authenticated: boolean;
  /** Moderates every room it enters, by its account or token. */
  readonly isEntitled: boolean;
  /** A recorder or gateway of ours, as its sign-in proved. */
  readonly isService: boolean;
  /** Gateway that has it as a telephone call; empty: no call of ours. */
  readonly gateway: string;
  /** Name of the account, or the token's user id; empty for guests. */
  readonly userId: string;
  /** From the hidden domain: served with media, never shown or counted. */
  readonly hidden: boolean;
  readonly profile: Profile;
  readonly statsId: string;
  readonly region: string;
  readonly features: readonly string[];
  readonly sources: readonly SourceState[];
  /** 0 while the hand is down. */
  readonly raisedHandMs: number;
  readonly client: Client;
  readonly interrupted: boolean;
};

export type SourceKind = "microphone" | "camera" | "desktop" | "sip";

/** What the public facts have said of a source. */
export type PublishedSource = { readonly kind: SourceKind; readonly codec: string; readonly muted: boolean };

/** One invitation: a Jingle session and the endpoint on a bridge that belongs to it. */
export type Invite = {
  readonly jingleSession: string;
  readonly bridgeSession: string;
  readonly bridge: string;
  readonly instance: string;
  /** Names that the offer held. */
  readonly offered: readonly string[];
  /** What the receiver knows, by name, with the SSRCs that it alone sees. */
  readonly told: ReadonlyMap<string, Source>;
  /** What it is to be told once it has accepted and has answered the last announcement. */
  readonly pending: ReadonlyMap<string, Source>;
  /** What it is to forget. */
  readonly withdrawals: readonly Source[];
  /** An announcement or withdrawal is on its way to it. */
  readonly isBusy: boolean;
  /** The next withdrawal, and the next announcement, goes out no sooner. */
  readonly withdrawAtMs?: number;
  readonly announceAtMs?: number;
  /** Sources applied, whose media may flow at `atMs`. */
  readonly resumes: readonly { readonly names: readonly string[]; readonly atMs: number }[];
  /** Codecs it accepted. */
  readonly descriptions: readonly MediaDescription[];
  /** Names of its sources that its bridge has: other bridges may fetch them there. */
  readonly taken: ReadonlySet<string>;
  readonly iceGeneration: number;
  /** Adopted unaccepted from an earlier focus process: by then it must have accepted. */
  readonly acceptByMs?: number;
  /** Its bridge was out of reach when it was to be told something. */
  readonly hasMissed?: boolean;
  /** Stages already told as failed. */
  readonly failedStages: readonly string[];
  /** What the bridge was last told to hold back; undefined where that came to nothing. */
  readonly blocked: ReadonlySet<AvMedia> | undefined;
  /** Not told again before. */
  readonly blockAtMs: number;
};

export type SessionState = "idle" | "inviting" | "offered" | "accepted" | "connected" | "ended";

export type Session = {
  readonly state: SessionState;
  readonly invite?: Invite;
  /** Failures in a row; the next attempt waits longer. */
  readonly failures: number;
  readonly retryAtMs: number;
  /** Bridge that it is not invited to again where another can take it. */
  readonly avoid?: string;
};

export type Member = Occupant & {
  readonly joinedMs: number;
  /** Place in the order of joining, from 1. */
  readonly ordinal: number;
  readonly session: Session;
  /** What it sends, with the SSRCs it uses: its part of the conference's source map. */
  readonly sentSources: ReadonlyMap<string, Source>;
  readonly published: ReadonlyMap<string, PublishedSource>;
  readonly speakingMs: number;
  /** When its client asked for a new session. */
  readonly restarts: readonly number[];
  /** A moderator asked for the mute of that medium; a mute seen before `untilMs` is the moderator's. */
  readonly muteAsked: ReadonlyMap<string, number>;
  /** Media that it may not unmute. */
  readonly blocks: ReadonlySet<AvMedia>;
  /** The XMPP server was asked to make it an owner, and is not asked again before. */
  readonly ownerAskedUntilMs: number;
  /** How often that came to nothing. */
  readonly ownerFailures: number;
  /** It has been one during this stay, and what it is entitled to is no reason to ask again. */
  readonly wasOwner: boolean;
  /** It has had an invitation: what newcomers start with is over. */
  readonly wasOffered: boolean;
  /** That it goes elsewhere was said; its `left` follows. */
  readonly isMoving: boolean;
  /** Where a moderator has sent it. */
  readonly destination?: Destination;
};

/** A person's sitting, over all its joins. */
export type RosterLine = {
  readonly firstJoinMs: number;
  readonly lastLeaveMs: number;
  readonly ms: number;
  readonly speakingMs: number;
};

export type Speaker = {
  readonly endpoint: string;
  readonly sinceMs: number;
  /** As the last fact said. */
  readonly told: string;
  readonly toldMs: number;
};

export type ReactionCount = {
  readonly endpoint: string;
  readonly reaction: string;
  readonly count: number;
  readonly dueMs: number;
};

export type Totals = {
  readonly peak: number;
  readonly messages: number;
  readonly hands: number;
  readonly polls: number;
};

/** What the focus shows of itself in the room. */
export type Presence = {
  readonly bridgeNotAvailable: boolean;
  readonly bridgeCount: number;
  /** As many send as may. */
  readonly audioLimitReached: boolean;
  readonly videoLimitReached: boolean;
  readonly recordings: readonly ShownRecording[];
  /** What a recorder is there for; empty: none is. */
  readonly recorderModes: readonly OutputKind[];
  /** A gateway is there that dials telephones. */
  readonly dialsOut: boolean;
};

/** One `jibri-recording-status`. */
export type ShownRecording = {
  readonly session: string;
  readonly kind: OutputKind;
  readonly status: "pending" | "on" | "off";
  /** Endpoint of who started it, or ended it. */
  readonly initiator: string;
  readonly failure: "" | "busy" | "error";
  readonly position: number;
  /** Empty where there is no picture. */
  readonly layout: Layout | "";
  readonly targets: readonly { readonly id: string; readonly host: string; readonly state: string }[];
};

/** A recorder by the id and instance it has taken a job with. */
export type Tap = { readonly id: string; readonly instance: string };

/** Microphones; cameras and screens. */
export type SenderMedia = "audio" | "video";
/** Endpoints that send, in the order in which they began. */
export type Senders = Readonly<Record<SenderMedia, readonly string[]>>;

export const emptyPresence: Presence = {
  bridgeNotAvailable: false,
  bridgeCount: 0,
  audioLimitReached: false,
  videoLimitReached: false,
  recordings: [],
  recorderModes: [],
  dialsOut: false,
};

export type Conference = {
  readonly room: RoomRef;
  /** Of everybody in it, for as long as it lasts; empty: the bridges' own choice. */
  readonly videoCodec: string;
  /** Id of the sitting; also the conference's id on a bridge. */
  readonly session: string;
  readonly epoch: number;
  /** Of the last fact. */
  readonly seq: number;
  readonly meetingId: string;
  /** The signalling unit that owns the room. */
  readonly unit: string;
  readonly phase: "open" | "ended";
  readonly openedMs: number;
  /** 0 until the first participant came and `session.started` was said. */
  readonly startedMs: number;
  readonly members: ReadonlyMap<string, Member>;
  readonly joins: number;
  readonly roster: ReadonlyMap<string, RosterLine>;
  readonly totals: Totals;
  /** Those it is on; the first is its main bridge, whose word counts for the facts. */
  readonly bridges: readonly BridgeUse[];
  /** Bridges this sitting has moved away from; one that wakes up again is told to forget it. */
  readonly leftBridges: readonly BridgeUse[];
  /** What they were asked to fetch from one another, by bridge or tap. */
  readonly relays: ReadonlyMap<string, RelayBook>;
  /** Recorders that fetch the sources of this conference as a bridge would, for recordings of tracks or sound. */
  readonly taps: readonly Tap[];
  readonly recordings: Recordings;
  /** The next endpoint is moved from a draining bridge then. */
  readonly moveAtMs: number;
  /** 0 while all bridges are there. */
  readonly bridgeLostMs: number;
  readonly presence: Presence;
  readonly senders: Senders;
  readonly speaker: Speaker;
  readonly reactions: ReadonlyMap<string, ReactionCount>;
  /** 0 while there are two or more. */
  readonly aloneSinceMs: number;
  /** Somebody who is no call has been in. */
  readonly hadPeople: boolean;
  /** Since when there are calls and nobody else; 0: it isn't so. */
  readonly onlyCallsSinceMs: number;
  /** When telephones were dialled, in the last minute. */
  readonly dials: readonly number[];
  /** Invitations so far, for ids that are never used again. */
  readonly invitations: number;
  /** Person who signed in and had the room opened; empty where nobody did or it is not known any more. */
  readonly opener: string;
  readonly policy: Policy;
  /** As the last fact said. */
  readonly toldPolicy: ToldPolicy;
  /** Who waits there, by endpoint. */
  readonly lobby: ReadonlyMap<string, ParticipantRef>;
  readonly assigning?: Assigning | undefined;
  readonly muteSweeps: ReadonlyMap<string, MuteSweep>;
  /** 0 while somebody is there. */
  readonly emptySinceMs: number;
  /** When an owner last went to a breakout room; 0: none has. */
  readonly ownerMovedMs: number;
  /** Start muted from this ordinal on (focus.md 3.1); 0: nobody. */
  readonly startMuted: StartMuted;
};

export type StartMuted = { readonly audioAfter: number; readonly videoAfter: number };

export const idleSession: Session = { state: "idle", failures: 0, retryAtMs: 0 };

export type Opening = {
  readonly room: RoomRef;
  readonly session: string;
  readonly epoch: number;
  readonly meetingId: string;
  readonly unit: string;
  readonly startMuted?: StartMuted;
  readonly videoCodec?: string;
  readonly opener?: string;
  readonly policy?: Policy | undefined;
};

export function openConference(opening: Opening, now: number): Conference {
  return {
    room: opening.room,
    videoCodec: opening.videoCodec ?? "",
    session: opening.session,
    epoch: opening.epoch,
    seq: 0,
    meetingId: opening.meetingId,
    unit: opening.unit,
    phase: "open",
    openedMs: now,
    startedMs: 0,
    members: new Map(),
    joins: 0,
    roster: new Map(),
    totals: { peak: 0, messages: 0, hands: 0, polls: 0 },
    bridges: [],
    leftBridges: [],
    relays: new Map(),
    taps: [],
    recordings: noRecordings,
    moveAtMs: 0,
    bridgeLostMs: 0,
    presence: emptyPresence,
    senders: { audio: [], video: [] },
    speaker: { endpoint: "", sinceMs: now, told: "", toldMs: 0 },
    reactions: new Map(),
    aloneSinceMs: 0,
    hadPeople: false,
    onlyCallsSinceMs: 0,
    dials: [],
    invitations: 0,
    opener: opening.opener ?? "",
    policy: opening.policy ?? openPolicy,
    toldPolicy: openToldPolicy,
    lobby: new Map(),
    muteSweeps: new Map(),
    emptySinceMs: 0,
    ownerMovedMs: 0,
    startMuted: opening.startMuted ?? { audioAfter: 0, videoAfter: 0 },
  };
}

/** A telephone call of a gateway of ours: plain RTP in place of ICE. */
export function isCall({ gateway, isService }: Occupant): boolean {
  return gateway !== "" && isService;
}

/** Gateways, recorders and the hidden are served but never own a room. */
export function isNormal(member: Occupant): boolean {
  return !member.hidden && member.kind !== "recorder" && member.kind !== "sip";
}

export function isLive(session: Session): boolean {
  return session.state === "accepted" || session.state === "connected";
}
