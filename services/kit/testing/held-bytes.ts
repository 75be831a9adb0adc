import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Of buffers of this process that somebody holds. What was thrown away may be counted for a moment longer: ask again. */
export function heldBytes(): number {
  collect();
  return process.memoryUsage().arrayBuffers;
}
