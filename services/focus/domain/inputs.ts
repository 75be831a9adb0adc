import type { Assignment, Destination } from "./breakouts.ts";
import type { Message } from "./chat.ts";
import type { Occupant } from "./conference.ts";
import type { Announcement, MediaDescription, Source, Transport } from "./media.ts";
import type { AvMedia, Policy } from "./policy.ts";
import type { Poll } from "./polls.ts";
import type { FoundJob, JobReport } from "./recording-job.ts";

/** Why a request that an effect stood for came to nothing: the codes of kit/errors.ts. */
export type Failure = { readonly code: string; readonly message: string };

/** Names the request of a client that waits for a `reply` effect. */
export type Ask = number;

type ClientRequest = { readonly ask: Ask; readonly endpoint: string; readonly jingleSession: string };
type OfBridge = { readonly bridge: string; readonly instance: string };
/** Sources that a bridge was to fetch from another. */
type OfRelay = OfBridge & {
  readonly from: string;
  readonly fromInstance: string;
  readonly sources: readonly Source[];
};
type OfInvite = { readonly endpoint: string; readonly jingleSession: string };

/** From the XMPP server. */
type RoomInput =
  | { readonly type: "occupant-joined"; readonly occupant: Occupant }
  | { readonly type: "occupant-updated"; readonly occupant: Occupant }
  | { readonly type: "occupant-interrupted"; readonly endpoint: string }
  | { readonly type: "occupant-resumed"; readonly endpoint: string }
  | { readonly type: "occupant-left"; readonly endpoint: string; readonly reason: string; readonly by: string }
  | {
      readonly type: "room-updated";
      readonly changed: readonly string[];
      readonly policy: Policy | undefined;
      readonly by: string;
    }
  | { readonly type: "room-destroyed"; readonly reason: string; readonly by: string }
  | { readonly type: "message-sent"; readonly sent: Message }
  | { readonly type: "lobby-entered"; readonly visitor: Occupant }
  | { readonly type: "lobby-left"; readonly endpoint: string; readonly reason: string; readonly by: string }
  | { readonly type: "poll-created"; readonly poll: Poll }
  | { readonly type: "poll-answered"; readonly poll: Poll }
  | { readonly type: "poll-closed"; readonly poll: Poll }
  | { readonly type: "breakouts-created"; readonly rooms: readonly string[]; readonly by: string }
  | { readonly type: "breakout-assigned"; readonly assignment: Assignment; readonly by: string }
  | { readonly type: "breakouts-closed"; readonly rooms: readonly string[]; readonly by: string }
  /** In a breakout room: the main room's moderator sends somebody of it elsewhere. */
  | { readonly type: "sent-elsewhere"; readonly endpoint: string; readonly destination: Destination }
  /** Who is there now; whoever is missing has left unseen. */
  | {
      readonly type: "room-seen";
      readonly occupants: readonly Occupant[];
      readonly policy: Policy | undefined;
      /** Who waits in the lobby; undefined where the XMPP server did not say. */
      readonly visitors?: readonly Occupant[] | undefined;
    };

/** From clients. Each is answered by a `reply` effect. */
type ClientInput =
  | (ClientRequest & {
      readonly type: "session-accepted";
      readonly descriptions: readonly MediaDescription[];
      readonly transport: Transport | undefined;
      readonly sources: readonly Source[];
      /** How many videos it wants at most until its bridge channel says so. */
      readonly initialLastN?: number | undefined;
    })
  | (ClientRequest & { readonly type: "sources-added"; readonly sources: readonly Source[] })
  | (ClientRequest & { readonly type: "sources-removed"; readonly sources: readonly Source[] })
  | (ClientRequest & {
      readonly type: "session-terminated";
      readonly reason: string;
      readonly bridgeSession: string;
      readonly restart: boolean;
    })
  | (ClientRequest & { readonly type: "ice-restart-requested"; readonly bridgeSession: string })
  | (ClientRequest & { readonly type: "transport-updated" })
  | {
      readonly type: "mute-requested";
      readonly ask: Ask;
      readonly endpoint: string;
      readonly target: string;
      readonly media: string;
      readonly muted: boolean;
    };

export type EndpointOffer = {
  readonly descriptions: readonly MediaDescription[];
  readonly transport: Transport;
  readonly sources: readonly Source[];
  readonly channelPath: string;
  readonly region: string;
};

/** An endpoint as its bridge holds it, for a focus that has just started. */
export type HeldEndpoint = {
  readonly endpoint: string;
  readonly jingleSession: string;
  readonly bridgeSession: string;
  readonly accepted: boolean;
  readonly connected: boolean;
  readonly sources: readonly Source[];
  readonly received: readonly Source[];
  /** Names in `received` that it may not have been told of. */
  readonly waiting: readonly string[];
  /** What the bridge holds back; undefined where it did not say. */
  readonly blocked: ReadonlySet<AvMedia> | undefined;
};

export type HeldConference = {
  readonly videoCodec?: string;
  readonly bridge: string;
  readonly instance: string;
  readonly region: string;
  readonly speaker: string;
  readonly endpoints: readonly HeldEndpoint[];
  /** What it has fetched from other bridges. */
  readonly remote: readonly {
    readonly bridge: string;
    readonly instance: string;
    readonly names: readonly string[];
  }[];
};

/** How effects came out. */
type Outcome =
  | (OfInvite & { readonly type: "endpoint-created"; readonly offer: EndpointOffer })
  | (OfInvite & { readonly type: "endpoint-not-created"; readonly failure: Failure })
  | (OfInvite & { readonly type: "session-initiated" })
  | (OfInvite & { readonly type: "session-not-initiated"; readonly failure: Failure })
  | (OfInvite & {
      readonly type: "endpoint-accepted";
      readonly ask: Ask;
      readonly names: readonly string[];
      readonly announcements: readonly Announcement[];
    })
  | (OfInvite & {
      readonly type: "endpoint-not-accepted";
      readonly ask: Ask;
      readonly names: readonly string[];
      readonly failure: Failure;
    })
  | (OfInvite & {
      readonly type: "bridge-took-sources";
      readonly ask: Ask;
      readonly names: readonly string[];
      readonly announcements: readonly Announcement[];
    })
  | (OfInvite & {
      readonly type: "bridge-refused-sources";
      readonly ask: Ask;
      readonly names: readonly string[];
      readonly failure: Failure;
    })
  | (OfInvite & { readonly type: "sources-announced"; readonly names: readonly string[] })
  | (OfInvite & { readonly type: "sources-withdrawn" })
  | (OfInvite & { readonly type: "announcement-failed"; readonly names: readonly string[]; readonly failure: Failure })
  | (OfInvite & { readonly type: "ice-restarted"; readonly ask: Ask; readonly transport: Transport })
  | (OfInvite & { readonly type: "ice-not-restarted"; readonly ask: Ask; readonly failure: Failure })
  | (OfInvite & { readonly type: "force-mute-not-set" })
  /** Sources were to be taken from it, or their media to flow, and the bridge did not do it. */
  | (OfInvite & { readonly type: "bridge-missed" })
  | (OfRelay & { readonly type: "remote-sources-added"; readonly announcements: readonly Announcement[] })
  | (OfRelay & { readonly type: "remote-sources-not-added"; readonly failure: Failure })
  | (OfBridge & {
      readonly type: "remote-sources-not-removed";
      readonly names: readonly string[];
      readonly failure: Failure;
    })
  | (OfBridge & { readonly type: "relay-not-dropped"; readonly from: string; readonly failure: Failure })
  | { readonly type: "affiliation-set"; readonly endpoint: string }
  | { readonly type: "affiliation-not-set"; readonly endpoint: string };

/** What a client asks of recordings and streams (focus.md 3.9). */
type RecordingRequest = {
  readonly type: "recording-asked";
  readonly ask: Ask;
  readonly endpoint: string;
  /** start, stop, update. */
  readonly action: string;
  readonly recordingMode: string;
  /** Which one; in a start, what it shall be known by. */
  readonly session: string;
  /** For a start: id of a new job, and what is given to nobody but the asker. */
  readonly job: string;
  readonly ownerKey: string;
  readonly streamId: string;
  readonly broadcastId: string;
  readonly appData: string;
  readonly sipAddress: string;
  readonly layout: string;
  readonly addTarget: string;
  readonly removeTarget: string;
  /** file, stream: what a token says. */
  readonly granted: readonly string[];
  readonly denied: readonly string[];
};

/** What a client asks by the Rayo dial IQ (focus.md 3.10). */
type DialRequest = {
  readonly type: "dial-asked";
  readonly ask: Ask;
  readonly endpoint: string;
  readonly to: string;
  readonly from: string;
  readonly headers: Readonly<Record<string, string>>;
  /** outbound-call, sip-outbound-call: what a token says. */
  readonly granted: readonly string[];
  readonly denied: readonly string[];
};

/** From the buckets of recordings. */
type RecorderInput =
  /** Undefined: its state is gone. */
  | { readonly type: "recording-reported"; readonly job: string; readonly report: JobReport | undefined }
  | { readonly type: "job-put"; readonly ask: Ask }
  | { readonly type: "job-not-put"; readonly job: string; readonly ask: Ask; readonly failure: Failure }
  /** A recorder came or went, or the line became another. */
  | { readonly type: "recorders-changed" };

/** From bridges and from the directory that watches them. */
type BridgeInput =
  | { readonly type: "bridge-lost"; readonly bridge: string; readonly instance: string; readonly reason: string }
  | { readonly type: "bridge-returned"; readonly bridge: string; readonly instance: string }
  /** A bridge that appeared holds this of the conference. */
  | (OfBridge & { readonly type: "held-by-bridge"; readonly endpoints: readonly OfInvite[] })
  /** One became able to take work, or is to be left. */
  | { readonly type: "bridges-changed" }
  | (OfInvite & { readonly type: "endpoint-connected" })
  | (OfInvite & { readonly type: "endpoint-disconnected"; readonly stage: string })
  | { readonly type: "endpoints-lost"; readonly bridge: string; readonly endpoints: readonly string[] }
  | { readonly type: "speaker-changed"; readonly bridge: string; readonly endpoint: string }
  | { readonly type: "reacted"; readonly endpoint: string; readonly reactions: readonly string[] };

/** From the shell itself. */
type OwnInput =
  /** This process took over a sitting whose facts `restore` has read. */
  | {
      readonly type: "taken-over";
      readonly occupants: readonly Occupant[];
      readonly visitors?: readonly Occupant[] | undefined;
      readonly policy: Policy | undefined;
      readonly held: readonly HeldConference[];
      /** What is wanted of recorders. */
      readonly jobs?: readonly FoundJob[];
      /** Jingle sessions that clients had, by endpoint. */
      readonly sessions: ReadonlyMap<string, string>;
    }
  /** The XMPP server came back without the room. */
  | { readonly type: "room-lost" }
  /** The lease had run out and was taken again. */
  | { readonly type: "lease-renewed"; readonly epoch: number }
  /** The operator changed what the rules say. */
  | { readonly type: "rules-changed" }
  /** An operator wants these on another bridge. */
  | { readonly type: "move-asked"; readonly endpoints: readonly string[] }
  | { readonly type: "start-muted-requested"; readonly audioAfter: number; readonly videoAfter: number }
  | { readonly type: "tick" };

/** A gateway that dials out is there now, or none is any more. */
type GatewayInput = { readonly type: "gateways-changed"; readonly dialsOut: boolean };

export type Input =
  | RoomInput
  | ClientInput
  | RecordingRequest
  | DialRequest
  | Outcome
  | BridgeInput
  | RecorderInput
  | GatewayInput
  | OwnInput;
