/** Streams and key-value buckets (proto/README.md). Whoever starts first creates them; equal settings make that safe. */

const day = 24 * 3600 * 1000;

export type StreamContract = {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly maxAgeMs: number;
  /** 0: no limit. */
  readonly maxBytes: number;
  /** How long a repeated `Nats-Msg-Id` is recognised. */
  readonly duplicateWindowMs: number;
};

export type BucketContract = {
  readonly name: string;
  /** 0: values stay until removed. */
  readonly ttlMs: number;
  readonly history: number;
};

export const streams = {
  conference: {
    name: "CONFERENCE",
    subjects: ["conference.v1.>"],
    maxAgeMs: 400 * day,
    maxBytes: 5 * 1024 ** 3,
    duplicateWindowMs: 120_000,
  },
  service: {
    name: "SERVICE",
    subjects: ["service.v1.>"],
    maxAgeMs: 30 * day,
    maxBytes: 256 * 1024 ** 2,
    duplicateWindowMs: 120_000,
  },
  /** Texts of chats. Only while the operator keeps them; the days are his setting, this is the most. */
  chat: {
    name: "CHAT",
    subjects: ["chat.v1.>"],
    maxAgeMs: 400 * day,
    maxBytes: 2 * 1024 ** 3,
    duplicateWindowMs: 120_000,
  },
} as const satisfies Record<string, StreamContract>;

export const buckets = {
  /** Person by person id: the only place where names are kept. */
  persons: { name: "persons", ttlMs: 30 * day, history: 1 },
  /** RoomLease by room id; the revision at which an owner took it is the epoch. */
  rooms: { name: "rooms", ttlMs: 15_000, history: 1 },
  /** Duty by unit and role: who serves it. It counts as long as it is written again, which whoever stands by times itself. */
  units: { name: "units", ttlMs: 0, history: 1 },
  /** BridgeHeartbeat by bridge id. */
  bridges: { name: "bridges", ttlMs: 15_000, history: 1 },
  /**
   * What the XMPP server needs to go on where it was: resumable streams and rooms, written behind. Removing a key leaves
   * a marker that only its age removes; what lives longer than this without a change is in the server's memory anyway.
   */
  xmppState: { name: "xmpp-state", ttlMs: 7 * day, history: 1 },
  /** Account by base64url of its name. */
  accounts: { name: "accounts", ttlMs: 0, history: 5 },
  /** Job by its id: what is to be recorded or go live. Stream keys are here and nowhere else. */
  recordingJobs: { name: "recording-jobs", ttlMs: 7 * day, history: 1 },
  /** JobState by the job's id: who does it, and how it goes. */
  recordingStates: { name: "recording-states", ttlMs: 60_000, history: 1 },
  /** RecorderState by recorder id. */
  recorders: { name: "recorders", ttlMs: 15_000, history: 1 },
  /** Recording by its id: what the library holds. */
  recordings: { name: "recordings", ttlMs: 0, history: 1 },
  /** LibrarySession by SHA-256 of its secret: who has signed in at the library, whichever recorder answers. */
  librarySessions: { name: "library-sessions", ttlMs: day / 2, history: 1 },
  /** GatewayState by gateway id. */
  gateways: { name: "gateways", ttlMs: 15_000, history: 1 },
  /** CallRecord by call id: telephone calls under way. */
  sipCalls: { name: "sip-calls", ttlMs: 2 * day, history: 1 },
  /** ConferenceCode by "code.<digits>" and by "room.<room id>": what one types to dial in. */
  conferenceCodes: { name: "conference-codes", ttlMs: 0, history: 1 },
  /** Host by its name: who may be on another host, and was. */
  hosts: { name: "hosts", ttlMs: 0, history: 5 },
  /** Join by the id of its token: what a host is given, sealed. Tokens live a week at most. */
  joins: { name: "joins", ttlMs: 8 * day, history: 1 },
  /** AcmeChallenge by its token: any web of the installation answers the authority that asks for it. */
  acmeChallenges: { name: "acme-challenges", ttlMs: day / 24, history: 1 },
  /** Endpoint by its name: where webhooks go, and the keys that they are signed with. */
  webhookEndpoints: { name: "webhook-endpoints", ttlMs: 0, history: 1 },
  /** EndpointState by the endpoint's id. */
  webhookStates: { name: "webhook-states", ttlMs: 0, history: 1 },
  /** LiveSettings under the key `live`: what the operator changes while everything runs. */
  settings: { name: "settings", ttlMs: 0, history: 5 },
} as const satisfies Record<string, BucketContract>;
