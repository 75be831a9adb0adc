import { SessionError } from "../session/contract.ts";

export function toSessionError(error: unknown): SessionError {
  if (error instanceof SessionError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOSPC" || code === "EDQUOT")
    return new SessionError("no-disk", "No room is left on the disk.", { cause: error });
  return new SessionError("internal", "What was recorded could not be written.", { cause: error });
}
