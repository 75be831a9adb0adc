import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
/** Throws away what nobody holds. */
export const collectGarbage = runInNewContext("gc") as () => void;

/** Of buffers of this process that somebody holds. What was thrown away may be counted for a moment longer: ask again. */
export function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}
