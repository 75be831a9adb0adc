/** The limits of both buses; the table in README.md says what each is for. */
export const busLimits = {
  requestMs: 2000,
  /** record(), and each step of a bucket or a replay. */
  recordMs: 5000,
  /** Events kept while the server is out of reach. */
  keptMessages: 20_000,
  keptBytes: 32 * 1024 * 1024,
  /** What NATS lets through by default, less room for headers. */
  bodyBytes: 1024 * 1024 - 8 * 1024,
  /** How long closing waits for running handlers. */
  drainMs: 5000,
} as const;
