import { SessionError } from "./contract.ts";

const nearlyFull = "the disk of the recordings is nearly full";

/** As it stands among warnings while it goes on. */
export const diskWarning = `disk-nearly-full: ${nearlyFull}`;

/** Nothing more is to be written. */
export function noDisk(): SessionError {
  return new SessionError("no-disk", nearlyFull);
}

/** Anything thrown, as what a session can say of it. What nobody foresaw is not repeated to people. */
export function toSessionError(thrown: unknown): SessionError {
  if (thrown instanceof SessionError) return thrown;
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT")
    return new SessionError("no-disk", "the disk of the recordings is full", { cause: thrown });
  return new SessionError("internal", "something failed in the recorder; its log says what", { cause: thrown });
}

/** The same as a message says it: Failure of veche.recorder.v1. */
export function failureOf({ code, message }: SessionError): { reason: string; code: string; text: string } {
  return { reason: code === "limit" ? "" : "error", code, text: message };
}
