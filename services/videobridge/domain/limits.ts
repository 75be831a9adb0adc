/** What one person may take of a bridge. README.md has the table; every line of it has a test. */
export const limits = {
  /** SSRCs of one endpoint, all its sources together. */
  ssrcsPerEndpoint: 20,
  groupsPerEndpoint: 20,
  sourcesPerEndpoint: 20,
  simulcastLayers: 4,
  /** Sources of endpoints on other bridges, in one conference. */
  remoteSources: 2_000,
  /** Of a snapshot's page, give or take an endpoint. */
  snapshotPageBytes: 262_144,
  sourceNameLength: 64,
  msidLength: 256,
  payloadTypesPerDescription: 64,
  headerExtensionsPerDescription: 32,
  fingerprintsPerTransport: 8,
  iceCredentialLength: 256,
  idLength: 128,
  /** What a sender may send before its media is held back. */
  senderBitsPerSecond: 10_000_000,
  senderPacketsPerSecond: 3_000,
  channelFrameBytes: 65_536,
  channelMessageDepth: 64,
  channelMessagesPerSecond: 30,
  channelMessageBurst: 150,
  channelBytesPerSecond: 65_536,
  channelByteBurst: 524_288,
  /** Frames that are no message, or came too fast, before the channel is closed. */
  channelFaults: 50,
  /** What may wait for a client that does not read. */
  channelBufferedBytes: 1_048_576,
  namesPerConstraints: 500,
  /** For a receiver that did not say yet what it wants. */
  picturesUnasked: 20,
  reactionsPerSecond: 5,
  reactionBurst: 10,
  reactionsPerMessage: 20,
  /** What a source on stage may take beyond the estimate rather than be suspended. */
  oversendBps: 500_000,
  /** From this stress on a bridge takes no new conference. */
  newConferenceStress: 0.8,
  /** Beyond this many endpoints, statistics go only to those who look at their sender. */
  statsToAllEndpoints: 20,
} as const;
