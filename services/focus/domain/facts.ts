import type { Assignment } from "./breakouts.ts";
import type { Client, Kind, Role, SourceKind } from "./conference.ts";
import type { LobbyReason } from "./lobby.ts";
import type { AvMedia, ToldPolicy } from "./policy.ts";
import type { Poll } from "./polls.ts";

export type ParticipantRef = {
  readonly endpoint: string;
  readonly person: string;
  readonly kind: Kind;
  readonly role: Role;
  readonly authenticated: boolean;
};

export type Counts = { readonly participants: number; readonly senders: number };

export type SourceRef = {
  readonly name: string;
  readonly kind: SourceKind;
  readonly codec: string;
  readonly muted: boolean;
};

export type RosterEntry = {
  readonly person: string;
  readonly firstJoinMs: number;
  readonly lastLeaveMs: number;
  readonly seconds: number;
  readonly speakingSeconds: number;
};

export type StreamTargetRef = {
  readonly host: string;
  readonly protocol: string;
  /** pending, on, retrying, off. */
  readonly state: string;
  readonly retries: number;
};

/** `initiator`: endpoint of who asked for it; `recorder`: id of the one that has it, empty while none has. */
type OfRecording = {
  readonly recording: string;
  readonly mode: string;
  readonly recorder: string;
  readonly initiator: string;
};
type OfStream = {
  readonly stream: string;
  readonly targets: readonly StreamTargetRef[];
  readonly recorder: string;
  readonly initiator: string;
};
type WithError = { readonly error: { readonly code: string; readonly text: string } };
type WithReason = { readonly reason: string };

export type EndReason = "empty" | "moderator" | "limit" | "operator" | "server-lost";
export type LeftReason =
  | "client"
  | "kicked"
  | "ended"
  | "timeout"
  | "replaced"
  | "server-lost"
  | "moved"
  | "transport-failed";

type OfParticipant = { readonly participant: ParticipantRef };
type Counted = OfParticipant & { readonly counts: Counts };
type OfSource = Counted & { readonly source: SourceRef };
export type By = "self" | "moderator" | "policy";

/** What each public fact says beside the fields that all have. The names are those of proto/facts.ts. */
export type FactBodies = {
  sessionStarted: { readonly meetingId: string; readonly unit: string; readonly mainRoom: string };
  sessionResumed: { readonly counts: Counts };
  sessionUpdated: { readonly changed: readonly string[] };
  sessionEnded: {
    readonly reason: EndReason;
    readonly durationSeconds: number;
    readonly totals: {
      readonly participants: number;
      readonly peak: number;
      readonly messages: number;
      readonly hands: number;
      readonly polls: number;
    };
    readonly roster: readonly RosterEntry[];
  };
  participantJoined: Counted & { readonly client: Client; readonly bridge: string; readonly region: string };
  participantLeft: Counted & {
    readonly reason: LeftReason;
    readonly seconds: number;
    readonly speakingSeconds: number;
  };
  participantInterrupted: Counted;
  participantResumed: Counted;
  participantConnectionFailed: Counted & { readonly stage: Stage };
  participantRoleChanged: Counted;
  participantUpdated: Counted;
  participantHandRaised: OfParticipant & { readonly position: number };
  participantHandLowered: OfParticipant;
  participantReacted: OfParticipant & { readonly reaction: string; readonly count: number };
  participantLobbyEntered: OfParticipant;
  participantLobbyLeft: OfParticipant & { readonly reason: LobbyReason };
  participantAdmitted: OfParticipant & { readonly by: string };
  participantRejected: OfParticipant & { readonly by: string };
  participantMoved: OfParticipant & { readonly target: string; readonly by: string };
  sourcePublished: OfSource;
  sourceUnpublished: OfSource;
  sourceMuted: OfSource & { readonly by: By };
  sourceUnmuted: OfSource & { readonly by: By };
  sourceBlocked: OfBlock;
  sourceUnblocked: OfBlock;
  speakerChanged: { readonly endpoint: string; readonly previous: string };
  moderationKicked: { readonly target: string; readonly by: string };
  moderationEndedForAll: { readonly by: string };
  moderationMutedAll: { readonly media: AvMedia; readonly by: string };
  moderationPolicyChanged: ToldPolicy & { readonly by: string };
  breakoutCreated: OfRooms;
  breakoutAssigned: { readonly assignments: readonly Assignment[]; readonly by: string };
  breakoutClosed: OfRooms;
  pollCreated: Poll;
  pollAnswered: Poll;
  pollClosed: Poll;
  bridgeAssigned: BridgeFact;
  bridgeMoved: BridgeFact;
  bridgeRelayUp: BridgeFact;
  bridgeRelayDown: BridgeFact;
  recordingRequested: OfRecording;
  recordingQueued: OfRecording & { readonly position: number };
  recordingStarted: OfRecording;
  recordingWarned: OfRecording & WithError;
  recordingStopped: OfRecording & WithReason;
  recordingFailed: OfRecording & WithError;
  streamRequested: OfStream;
  streamStarted: OfStream;
  streamRetrying: OfStream & WithError;
  streamStopped: OfStream & WithReason;
  streamFailed: OfStream & WithError;
};

export type Stage = "signalling" | "ice" | "dtls";
type OfBlock = Counted & { readonly media: AvMedia; readonly by: By };
type OfRooms = { readonly rooms: readonly string[]; readonly by: string };
type BridgeFact = { readonly bridge: string; readonly region: string; readonly reason: string };

export type FactName = keyof FactBodies;

export type Fact = {
  [N in FactName]: {
    readonly name: N;
    readonly body: FactBodies[N];
    readonly seq: number;
    readonly epoch: number;
    readonly timeMs: number;
  };
}[FactName];
