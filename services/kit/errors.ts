/** The closed list of codes that cross a process boundary, and what each becomes at every edge. */
export const errorTable = {
  "invalid-argument": { http: 400, xmpp: { type: "modify", condition: "bad-request" }, sip: 400, retry: false },
  unauthenticated: { http: 401, xmpp: { type: "auth", condition: "not-authorized" }, sip: 401, retry: false },
  "permission-denied": { http: 403, xmpp: { type: "cancel", condition: "not-allowed" }, sip: 403, retry: false },
  "not-found": { http: 404, xmpp: { type: "cancel", condition: "item-not-found" }, sip: 404, retry: false },
  "already-exists": { http: 409, xmpp: { type: "cancel", condition: "conflict" }, sip: 486, retry: false },
  "failed-precondition": { http: 409, xmpp: { type: "wait", condition: "unexpected-request" }, sip: 403, retry: false },
  "resource-exhausted": { http: 429, xmpp: { type: "wait", condition: "resource-constraint" }, sip: 503, retry: true },
  unimplemented: { http: 501, xmpp: { type: "cancel", condition: "feature-not-implemented" }, sip: 501, retry: false },
  unavailable: { http: 503, xmpp: { type: "wait", condition: "service-unavailable" }, sip: 503, retry: true },
  "deadline-exceeded": { http: 504, xmpp: { type: "wait", condition: "remote-server-timeout" }, sip: 504, retry: true },
  internal: { http: 500, xmpp: { type: "cancel", condition: "internal-server-error" }, sip: 500, retry: false },
} as const;

export type ErrorCode = keyof typeof errorTable;

/** The one error that may cross a process boundary. Its message is for people: what was wanted, what was found. */
export class VecheError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "VecheError";
    this.code = code;
  }

  get mayRetry(): boolean {
    return errorTable[this.code].retry;
  }
}

/**
 * Thrown by a handler whose process is not on duty, or not sure of it: nothing is answered at all, so that the asker hears
 * the one that is. There has to be one: each such process serves in a queue group of its own.
 */
export class LeftUnanswered extends Error {
  constructor() {
    super("left to the process on duty");
    this.name = "LeftUnanswered";
  }
}

/** As `sure`, which resolves where this process is on duty: where it is not, the request is left to the one that is. */
export function orLeftUnanswered(sure: Promise<void>): Promise<void> {
  return sure.catch(() => {
    throw new LeftUnanswered();
  });
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorTable, text);
}

/** Anything thrown, as a VecheError. What nobody foresaw becomes `internal`, with its cause kept. */
export function toVecheError(thrown: unknown): VecheError {
  if (thrown instanceof VecheError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new VecheError("internal", message, { cause: thrown });
}
