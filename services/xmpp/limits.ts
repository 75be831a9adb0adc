import type { AccountLimits } from "./accounts/fields.ts";
import type { ApiLimits } from "./admin/limits.ts";
import type { CallLimits } from "./calls/fields.ts";
import type { AdmissionLimits } from "./domain/admission.ts";
import type { BruteForceRules } from "./domain/brute-force.ts";
import type { LobbyLimits } from "./domain/lobby.ts";
import type { PollLimits } from "./domain/polls.ts";
import type { EntryRules, HistoryLimits } from "./domain/room.ts";
import type { MetadataLimits } from "./domain/room-metadata.ts";
import type { SpeakerStatsLimits } from "./domain/speaker-stats.ts";
import type { Rate } from "./domain/token-bucket.ts";
import type { BreakoutLimits } from "./rooms/breakout-groups.ts";
import type { BreweryLimits } from "./rooms/breweries.ts";
import type { TokenLimits } from "./tokens/token-auth.ts";

/** Every bound of the server; the README's table has the same rows. Tests give their own. */
export type Limits = {
  readonly http: {
    readonly headerMs: number;
    readonly bodyMs: number;
    readonly headerBytes: number;
    readonly keepAliveMs: number;
    readonly bodyBytes: number;
  };
  readonly xml: { readonly depth: number; readonly attributes: number; readonly children: number };
  readonly stanzaBytesBeforeSignIn: number;
  readonly stanzaBytes: number;
  readonly signInMs: number;
  /** A connection that was silent so long is asked for a sign of life, and cut when it gives none in time. */
  readonly idleProbeMs: number;
  readonly idleAnswerMs: number;
  readonly admission: AdmissionLimits;
  readonly stanzas: Rate;
  readonly bytes: Rate;
  /** Delayed longer than this, a stream is ended. */
  readonly delayedAtMostMs: number;
  readonly unacknowledgedStanzas: number;
  readonly unsentBytes: number;
  readonly roomsPerSession: number;
  readonly bosh: {
    readonly requests: number;
    readonly waitSeconds: number;
    readonly inactivityMs: number;
    readonly pauseMs: number;
    /** A client that only polls does so at most so often. */
    readonly pollingMs: number;
    readonly queuedStanzas: number;
    readonly answerCharacters: number;
    readonly skipAheadMs: number;
  };
  readonly entry: EntryRules;
  readonly messagesPerMember: Rate;
  readonly messagesPerRoom: Rate;
  readonly reactionsPerMember: Rate;
  /** Of each room the server remembers so many messages' authors, for who wants to take one back. */
  readonly authorsPerRoom: number;
  readonly breakouts: BreakoutLimits;
  readonly polls: PollLimits & { readonly commandsPerMember: Rate; readonly commandsPerRoom: Rate };
  readonly speakerStats: SpeakerStatsLimits & { readonly commandsPerMember: Rate };
  /** Of what newcomers are told of the past, one message has at most so much. */
  readonly listCharacters: number;
  readonly presencesPerMember: Rate;
  readonly messageBytes: number;
  readonly presenceBytes: number;
  readonly history: HistoryLimits;
  readonly subjectLength: number;
  readonly passwordLength: number;
  readonly roomNameBytes: number;
  readonly affiliationsPerRoom: number;
  readonly lobby: LobbyLimits;
  readonly breweries: BreweryLimits;
  readonly calls: CallLimits;
  readonly invitesPerMessage: number;
  readonly metadata: MetadataLimits & { readonly writesPerMember: Rate };
  readonly moderationPerMember: Rate;
  readonly roomPasswords: { readonly perSession: Rate; readonly perAddress: Rate };
  readonly roomsPerAddress: Rate;
  readonly roomsInAll: Rate;
  /** Of the page that checks a network. */
  readonly checkRoomsPerAddress: Rate;
  readonly checkRoomsInAll: Rate;
  readonly roomLockMs: number;
  readonly queuedPerRoom: number;
  readonly emptyRoomMs: number;
  readonly unjoinedRoomMs: number;
  readonly focusRequestMs: number;
  readonly focusQueue: number;
  readonly clientAnswerMs: number;
  readonly pendingIqsPerSession: number;
  readonly knownCapabilities: number;
  readonly bruteForce: BruteForceRules;
  readonly tokens: TokenLimits;
  readonly loginsPerAccount: number;
  readonly accounts: AccountLimits;
  readonly api: ApiLimits;
};

export const defaultLimits: Limits = {
  http: { headerMs: 10_000, bodyMs: 20_000, headerBytes: 16 * 1024, keepAliveMs: 75_000, bodyBytes: 256 * 1024 },
  xml: { depth: 32, attributes: 64, children: 2_000 },
  stanzaBytesBeforeSignIn: 10_000,
  stanzaBytes: 128 * 1024,
  signInMs: 30_000,
  idleProbeMs: 60_000,
  idleAnswerMs: 20_000,
  admission: { perAddress: 20, inAll: 1_000, settledAfterMs: 3_000, waitingPerAddress: 1_000 },
  stanzas: { perSecond: 30, burst: 150 },
  bytes: { perSecond: 64_000, burst: 512_000 },
  delayedAtMostMs: 10_000,
  unacknowledgedStanzas: 10_000,
  unsentBytes: 8 * 1024 * 1024,
  roomsPerSession: 8,
  bosh: {
    requests: 2,
    waitSeconds: 60,
    inactivityMs: 60_000,
    pauseMs: 120_000,
    pollingMs: 5_000,
    queuedStanzas: 10_000,
    answerCharacters: 64 * 1024,
    skipAheadMs: 500,
  },
  entry: { members: 500, nickLength: 64 },
  messagesPerMember: { perSecond: 10, burst: 20 },
  messagesPerRoom: { perSecond: 100, burst: 200 },
  reactionsPerMember: { perSecond: 5, burst: 10 },
  authorsPerRoom: 500,
  polls: {
    perRoom: 128,
    options: 32,
    textBytes: 1_024,
    votesPerRoom: 20_000,
    commandsPerMember: { perSecond: 1, burst: 20 },
    // Everybody in a full room may answer at once.
    commandsPerRoom: { perSecond: 50, burst: 600 },
  },
  speakerStats: {
    people: 2_000,
    facesPerPerson: 100,
    facesPerRoom: 2_000,
    commandsPerMember: { perSecond: 2, burst: 20 },
  },
  listCharacters: 60_000,
  breakouts: {
    rooms: 50,
    subjectLength: 128,
    commandsPerSession: { perSecond: 10, burst: 200 },
    updateMs: 300,
    updatePerPersonMs: 3,
    emptyMs: 5_000,
    movingMs: 15_000,
  },
  presencesPerMember: { perSecond: 10, burst: 50 },
  messageBytes: 8 * 1024,
  presenceBytes: 32 * 1024,
  history: { messages: 50, characters: 200_000 },
  subjectLength: 1_024,
  passwordLength: 256,
  roomNameBytes: 1_023,
  affiliationsPerRoom: 5_000,
  lobby: { waiters: 200, nameLength: 128, presenceBytes: 8 * 1024, entriesPerSession: { perSecond: 0.2, burst: 10 } },
  breweries: { watchers: 64, presencesPerInstance: { perSecond: 0.5, burst: 3 }, repeatMs: 30_000 },
  calls: {
    perGateway: 1_000,
    idLength: 64,
    textLength: 128,
    phoneLength: 256,
    headers: 16,
    headerNameLength: 64,
    headerValueLength: 256,
    silentMs: 4_000,
    unaskedMs: 30_000,
    countsPerCall: { perSecond: 2, burst: 4 },
    dialMs: 10_000,
    dialsAtOnce: 4,
  },
  invitesPerMessage: 200,
  metadata: {
    keys: 64,
    valueCharacters: 8 * 1024,
    characters: 32 * 1024,
    depth: 8,
    writesPerMember: { perSecond: 2, burst: 20 },
  },
  moderationPerMember: { perSecond: 10, burst: 200 },
  roomPasswords: { perSession: { perSecond: 0.2, burst: 10 }, perAddress: { perSecond: 1, burst: 120 } },
  roomsPerAddress: { perSecond: 10 / 60, burst: 10 },
  roomsInAll: { perSecond: 50, burst: 50 },
  checkRoomsPerAddress: { perSecond: 1, burst: 40 },
  checkRoomsInAll: { perSecond: 5, burst: 60 },
  roomLockMs: 10_000,
  queuedPerRoom: 500,
  emptyRoomMs: 10_000,
  unjoinedRoomMs: 15_000,
  focusRequestMs: 8_000,
  focusQueue: 64,
  clientAnswerMs: 10_000,
  pendingIqsPerSession: 256,
  knownCapabilities: 1_000,
  bruteForce: {
    attempts: 10,
    attemptsOfBusyAddress: 3,
    restMs: 15 * 60_000,
    attemptsOfAddress: 100,
    namesOfAddress: 5_000,
    attemptsOfName: 200,
    undelayed: 2,
    firstDelayMs: 500,
    mostDelayMs: 8_000,
    remembered: 10_000,
  },
  tokens: {
    length: 8 * 1024,
    kidLength: 256,
    leewayMs: 30_000,
    keys: {
      timeoutMs: 5_000,
      bytes: 256 * 1024,
      freshMs: 10 * 60_000,
      staleMs: 24 * 3_600_000,
      againMs: 30_000,
      keys: 100,
      newKeys: { perSecond: 1, burst: 20 },
    },
  },
  loginsPerAccount: 20,
  accounts: {
    inAll: 50_000,
    nameLength: 64,
    nameBytes: 150,
    displayNameLength: 100,
    emailLength: 254,
    groupLength: 64,
    passwordLengthAtLeast: 8,
    passwordLength: 256,
    csvBytes: 1024 * 1024,
    csvRows: 2_000,
  },
  api: { bodyBytes: 16 * 1024, pageSize: 500, requests: 16, imports: 1 },
};
