import { SessionError } from "../session/contract.ts";
import { PrivateAddress } from "./dial.ts";
import { ProtocolError } from "./rtmp/amf.ts";
import { ClosedEarly, Refusal } from "./rtmp/publisher.ts";

/** The target takes nothing any more, though it is connected. */
export class Stalled extends Error {
  override readonly name = "Stalled";
}

/** A connection that is closed so soon was not wanted: nginx and others close it where a key is wrong, and say nothing. */
const refusedWithinMs = 5_000;

/** Why a target is not on, in words of ours: what a server says may hold the stream's key. `onMs`: how long it was taken before. */
export function pushError(error: unknown, onMs: number): SessionError {
  if (error instanceof SessionError) return error;
  if (error instanceof PrivateAddress) return refused("Streams to private addresses are not allowed here.");
  if (error instanceof Refusal) return refused(`The server refused the stream${error.code && ` (${error.code})`}.`);
  if (error instanceof Stalled) return lost("The server takes no more data.");
  if (error instanceof ProtocolError) return lost("The server does not speak RTMP as it should.");
  if (error instanceof ClosedEarly) {
    if (onMs >= refusedWithinMs) return lost("The server closed the connection.");
    return refused("The server closed the connection without a word; the stream key may be wrong.");
  }
  return networkError(error as NodeJS.ErrnoException, onMs > 0);
}

function networkError(error: NodeJS.ErrnoException, wasOn: boolean): SessionError {
  const code = /^[A-Z][A-Z0-9_]{2,50}$/.test(error.code ?? "") ? error.code : undefined;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return lost("The server's name is not known.");
  if (code?.includes("CERT") || code?.includes("ALTNAME") || code?.startsWith("UNABLE_TO_")) {
    return lost(`The server's certificate was not accepted (${code}).`);
  }
  if (wasOn) return lost(`The connection was lost${code ? ` (${code})` : ""}.`);
  return lost(`The server can't be reached${code ? ` (${code})` : " in time"}.`);
}

function refused(text: string): SessionError {
  return new SessionError("target-refused", text);
}

function lost(text: string): SessionError {
  return new SessionError("target-unreachable", text);
}
