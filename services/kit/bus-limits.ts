/** The limits of both buses; README.md has the table. */
export const busLimits = {
  requestMs: 2000,
  /** record(), each step of a bucket, and a replay that doesn't move. */
  recordMs: 5000,
  /** The same on a cluster, which elects a new leader within 4 to 9 s after one is lost, and once more where the votes were divided. */
  clusterRecordMs: 20_000,
  keptMessages: 20_000,
  keptBytes: 32 * 1024 * 1024,
  /** How long a confirmed event is kept in case the server dies before passing it on. */
  confirmedGraceMs: 1000,
  /** After a reconnect: kept events wait for their hearers, and nobody serving may pass. */
  reconnectSettleMs: 400,
  servingGraceMs: 1500,
  /** So late a role of a cluster may hear that one of its servers is gone. */
  clusterNewsMs: 300,
  /** Publishers remembered by a subscription, to drop what they say twice. */
  publishers: 1000,
  /** A body is what NATS lets through (1 MiB by default), less room for headers. */
  bodyBytes: 1024 * 1024 - 8 * 1024,
  headerBytes: 8 * 1024,
  /** How long closing waits for running handlers and unsent events. */
  drainMs: 5000,
} as const;
