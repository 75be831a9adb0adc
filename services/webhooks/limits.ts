/** README.md has the table. */
export const limits = {
  endpoints: 100,
  nameLength: 32,
  urlLength: 2_000,
  factsOfEndpoint: 32,
  roomsOfEndpoint: 100,
  redeliveriesOfEndpoint: 4,
  /** Of a request's body; a fact that makes a longer one is given up. */
  bodyBytes: 1024 * 1024,
  /** Of an answer; beyond them the connection is closed. */
  answerHeaderBytes: 16 * 1024,
  answerBodyBytes: 64 * 1024,
  /** Once the status is known, for what follows it. */
  answerBodyMs: 1_000,
  /** Between two tries. */
  firstRetryMs: 1_000,
  longestRetryMs: 30 * 60_000,
  /** Beside the time of a request: what a process that died had in its hands is taken up again then. */
  ackGraceMs: 5_000,
  /** One question to the server waits so long for a fact; less than the grace above. */
  pullMs: 3_000,
  /** Before a stream, a consumer or NATS is asked anew. */
  againMs: 1_000,
  /** How often figures of deliveries that go well are written down. */
  figuresMs: 2_000,
  /** Requests under way when the process is to end. */
  closingMs: 5_000,
  keepSecretMs: 30 * 24 * 3600_000,
} as const;
