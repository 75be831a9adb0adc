/** Limits that are no settings; the table in README.md names each and limits.test.ts reaches each. */
export const limits = {
  /** Beside maxTargetLength of domain/route.ts. */
  headerBytes: 16 * 1024,
  bodyBytes: 256 * 1024,
  /** Bodies held in memory at once, over all clients. */
  bodiesBytes: 64 * 1024 * 1024,
  headerMs: 10_000,
  bodyMs: 20_000,
  tlsHandshakeMs: 10_000,
  idleMs: 75_000,
  /** A BOSH poll waits 60 s. */
  upstreamSilenceMs: 90_000,
  tunnelHandshakeMs: 10_000,
  /** One direction of a tunnel ended, the other did not. */
  halfClosedMs: 10_000,
  bridgeWaitMs: 1_500,
  bridges: 1_000,
  /** How often timeouts above are looked at. */
  checkMs: 1_000,
  /** What answers in flight get when the process ends. */
  finishMs: 2_000,
  compressedCacheBytes: 32 * 1024 * 1024,
  compressedFileBytes: 8 * 1024 * 1024,
} as const;

/** Tests shorten the times. */
export type Limits = { readonly [K in keyof typeof limits]: number };
