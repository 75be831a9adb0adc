import { commonLimits } from "../limits.ts";

/** What Kamailio lets through; README.md tells operators. */
export const limits = {
  ...commonLimits,
  /** Connections that phones and trunks hold open. */
  connections: 1_024,
  /** A connection on which nothing comes is closed. */
  connectionIdleS: 3_600,
  /** A call that lasts longer is hung up. */
  callHours: 24,
  /** Until somebody answers. */
  ringingS: 180,
  /** How often Kamailio looks whether the gateway has said anything, and how often it may look in vain: four seconds. */
  tickMs: 250,
  silentTicks: 16,
  /** Ticks for which phones of a gateway that is away are told so again, every fourth time, unless they have answered. */
  hangupTries: 12,
  /** Heartbeats, one a second, that Kamailio may leave unanswered. */
  silentBeats: 4,
  /** Lines of Kamailio's own log in a second; the others are counted. */
  logLinesPerSecond: 20,
  /** Of its last errors, which are said when it has died. */
  lastWords: 6,
} as const;
