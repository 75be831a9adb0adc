import { JetStreamApiError } from "@nats-io/jetstream";
import {
  errors,
  InvalidArgumentError,
  type MsgHdrs,
  PermissionViolationError,
  RequestError,
} from "@nats-io/transport-node";
import { errorTable, isErrorCode, VecheError } from "./errors.ts";

/** The connection went away before an outcome was known. */
export class LostConnection extends Error {
  constructor() {
    super("the connection to NATS was lost");
    this.name = "LostConnection";
  }
}

/** Numbers of JetStream's own errors, beside those its client names. */
const apiCode = {
  clusterNotReady: 10003,
  clusterIncomplete: 10004,
  noPeers: 10005,
  notLeader: 10009,
  insufficientResources: 10023,
  streamOffline: 10118,
  duplicateUnderWay: 10158,
  notAvailable: 10008,
  notEnabled: 10076,
  insufficientStorage: 10047,
  wrongLastSequence: 10071,
  streamNotFound: 10059,
  consumerNotFound: 10014,
  streamNameInUse: 10058,
} as const;

export function isNoResponders(error: unknown): boolean {
  if (error instanceof errors.NoRespondersError) return true;
  if (error instanceof RequestError) return error.isNoResponders();
  return error instanceof Error && error.cause !== undefined && isNoResponders(error.cause);
}

export function isTimeout(error: unknown): boolean {
  return error instanceof errors.TimeoutError;
}

const passing = [
  "notAvailable",
  "notEnabled",
  "clusterNotReady",
  "clusterIncomplete",
  "notLeader",
  "streamOffline",
  "duplicateUnderWay",
] as const satisfies readonly (keyof typeof apiCode)[];

/** A JetStream that is still reading its files, was asked just before it knew its streams, or has no leader just now. */
export function isStorageNotReady(error: unknown): boolean {
  return isNoResponders(error) || isTimeout(error) || passing.some((name) => hasApiCode(error, name));
}

/** There are fewer servers than a stream is to be on. */
export function isShortOfServers(error: unknown): boolean {
  return hasApiCode(error, "noPeers") || hasApiCode(error, "insufficientResources");
}

export function hasApiCode(error: unknown, name: keyof typeof apiCode): boolean {
  return error instanceof JetStreamApiError && error.code === apiCode[name];
}

/** What the NATS client throws, with one of our codes. */
export function natsError(error: unknown, what: string): VecheError {
  if (error instanceof VecheError) return error;
  const refusal = permissionViolation(error);
  if (refusal) {
    return new VecheError("permission-denied", `${what}: NATS refuses "${refusal.subject}" to this role`, {
      cause: error,
    });
  }
  if (isNoResponders(error)) return new VecheError("unavailable", `${what}: nobody serves it`, { cause: error });
  if (isTimeout(error)) return new VecheError("deadline-exceeded", `${what}: no answer in time`, { cause: error });
  if (error instanceof LostConnection) {
    return new VecheError("deadline-exceeded", `${what}: NATS is out of reach`, { cause: error });
  }
  if (error instanceof InvalidArgumentError) return new VecheError("resource-exhausted", `${what}: ${error.message}`);
  const message = error instanceof Error ? error.message : String(error);
  return new VecheError("unavailable", `${what}: ${message}`, { cause: error });
}

function permissionViolation(error: unknown): PermissionViolationError | undefined {
  if (error instanceof PermissionViolationError) return error;
  return error instanceof Error && error.cause !== undefined ? permissionViolation(error.cause) : undefined;
}

const codeHeader = "Nats-Service-Error-Code";
const messageHeader = "Nats-Service-Error";
const ownCodeHeader = "Veche-Error";

/** The headers of NATS micro-services (a number and a line), and our code beside them; the body says it whole. */
export function writeError(error: VecheError, headers: MsgHdrs): string {
  headers.set(codeHeader, String(errorTable[error.code].http));
  headers.set(messageHeader, error.message.replace(/[^\x20-\x7e]+/g, " ").slice(0, 200));
  headers.set(ownCodeHeader, error.code);
  return JSON.stringify({ code: error.code, message: error.message });
}

/** The error an answer carries; undefined where it is an answer. */
export function readError(headers: MsgHdrs | undefined, body: string): VecheError | undefined {
  if (!headers?.has(codeHeader)) return undefined;
  const code = headers.get(ownCodeHeader);
  return new VecheError(isErrorCode(code) ? code : "internal", messageIn(body) ?? headers.get(messageHeader));
}

function messageIn(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const message = typeof parsed === "object" && parsed !== null && "message" in parsed ? parsed.message : undefined;
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
