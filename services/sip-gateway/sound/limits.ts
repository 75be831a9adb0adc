/** What goes beyond is left out and counted, or refused where it is said. The table in README.md is the same. */
export const soundLimits = {
  /** Of one packet from a phone or a bridge. */
  packetBytes: 2_048,
  /** Packets of one stream that wait to be heard. */
  waitingPackets: 100,
  /** How long sound waits beside the time until it is asked for, ms. */
  leastWaitMs: 5,
  mostWaitMs: 400,
  /** Keys that wait to be sent to a phone. */
  queuedKeys: 64,
  /** Prompts of the operator's. */
  promptFiles: 1_000,
  promptFileBytes: 5_000_000,
} as const;
