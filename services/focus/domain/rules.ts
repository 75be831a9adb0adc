import { type AnnouncementPace, defaultPace } from "./announcement-pace.ts";
import type { StrategyName } from "./bridge-selection/strategies.ts";
import type { SenderMedia } from "./conference.ts";

/** What the operator can say about conferences, and the fixed limits, as plain values. */
export type Rules = {
  /** Where invitations begin. */
  readonly minParticipants: number;
  /** A room nobody came to. */
  readonly initialTimeoutMs: number;
  /** A session of somebody who was left alone. */
  readonly aloneTimeoutMs: number;
  /** With nobody but telephone calls left the conference ends after this. */
  readonly onlyCallsMs: number;
  /** A call that nobody has joined yet waits for this long. */
  readonly callsWaitMs: number;
  /** Telephones that may be dialled in a minute. */
  readonly dialsPerMinute: number;
  readonly autoOwner: boolean;
  /** Only people who have signed in open rooms; others never come to own one by themselves. */
  readonly secureDomain: boolean;
  /** Which recordings may begin: files, and live streams. */
  readonly mayRecord: Readonly<Record<"file" | "stream", boolean>>;
  readonly strategy: StrategyName;
  /** From this stress on a bridge is full. */
  readonly stressLimit: number;
  /** What an endpoint adds to a bridge's stress, until the bridge says so itself. */
  readonly averageStress: number;
  /** Endpoints of one conference on one bridge. */
  readonly maxBridgeEndpoints: number;
  /** Version of the bridges that this conference is pinned to; empty: any. */
  readonly bridgeVersion: string;
  /** Between a client's acknowledgement of an announcement and its media. */
  readonly resumeMarginMs: number;
  readonly restartIntervalMs: number;
  readonly restartsPerMinute: number;
  readonly limits: SourceLimits;
  /** As many people may send at a time; by default as good as no limit, as with Jicofo. */
  readonly senderLimits: Readonly<Record<SenderMedia, number>>;
  readonly pace: AnnouncementPace;
  /** Of conferences that are opened from now on. */
  readonly videoCodec: string;
  /** Jobs that may wait while all recorders are full. */
  readonly recordingQueue: number;
  readonly recordingQueueTimeoutMs: number;
};

export type SourceLimits = {
  readonly ssrcs: number;
  readonly groups: number;
};

export const defaultRules: Rules = {
  minParticipants: 2,
  initialTimeoutMs: 15_000,
  aloneTimeoutMs: 20_000,
  onlyCallsMs: 10_000,
  callsWaitMs: 600_000,
  dialsPerMinute: 10,
  autoOwner: true,
  secureDomain: false,
  mayRecord: { file: true, stream: true },
  strategy: "RegionBasedBridgeSelectionStrategy",
  stressLimit: 0.8,
  averageStress: 0.01,
  maxBridgeEndpoints: 80,
  bridgeVersion: "",
  resumeMarginMs: 300,
  restartIntervalMs: 5_000,
  restartsPerMinute: 5,
  limits: { ssrcs: 20, groups: 20 },
  senderLimits: { audio: 999_999, video: 999_999 },
  pace: defaultPace,
  videoCodec: "VP8",
  recordingQueue: 5,
  recordingQueueTimeoutMs: 600_000,
};

/** What no operator has to say. */
export const fixed = {
  /** speaker.changed, and the window in which equal reactions are counted. */
  factIntervalMs: 1_000,
  /** An accept that the former focus process may have been about to pass on. */
  adoptedAcceptMs: 3_000,
  firstRetryMs: 250,
  lastRetryMs: 10_000,
  electionMs: 2_000,
  /** A mute seen this soon after a moderator asked for it was the moderator's. */
  muteAskedMs: 10_000,
  /** A bridge lost for longer is shown in the room as missing. */
  bridgeReturnMs: 5_000,
  /** Between attempts to have the bridge hold back what is blocked. */
  blockRetryMs: 250,
  /** Requests of one moderator to mute that are looked at as one. */
  muteSweepMs: 1_000,
  /** Assignments to breakout rooms that go into one fact. */
  assignmentsMs: 300,
  /** An empty main room whose breakout rooms look empty: people may be on their way between. */
  breakoutGraceMs: 10_000,
  /** A bridge of several that nobody uses is kept for this long. */
  bridgeIdleMs: 10_000,
  /** Between two endpoints that are moved from a bridge that drains. */
  moveIntervalMs: 200,
  /** Bridges a sitting remembers having left. */
  leftBridges: 16,
} as const;

/** A client that says so answers an announcement after it has applied it. */
export const acknowledgesApplied = "urn:veche:acknowledges-applied";
/** A client that keeps the media lines of somebody who left until it is told (compat-checklist.md 3). */
export const rewritesSsrcs = "http://jitsi.org/ssrc-rewriting-1";
/** A gateway that can be muted. */
export const canBeMuted = "http://jitsi.org/protocol/audio-mute";
