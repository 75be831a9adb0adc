/** What one recording of tracks may take. README.md names them; each has a test. */
export const trackLimits = {
  /** Sources at a time. */
  sources: 500,
  /** Bridges that one conference is fetched from. */
  relays: 50,
  /** Of a packet; larger ones no bridge sends. */
  packetBytes: 2_048,
  /** What may wait for a slow disk, of all files of one recording. */
  unwrittenBytes: 67_108_864,
  /** Kept of one file; further ones are counted only. */
  gaps: 1_000,
  events: 100_000,
} as const;
