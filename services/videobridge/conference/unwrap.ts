import { VecheError } from "@veche/kit/errors.ts";
import type { Result } from "../domain/result.ts";

/** What was asked for can't be had as it was asked: the asker is told why. */
export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new VecheError("invalid-argument", result.reason);
  return result.value;
}
