/** Loaded into each role: at SIGUSR2 it throws away what nobody holds, and says how much is held. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

process.on("SIGUSR2", () => {
  collect();
  collect();
  const { user, system } = process.cpuUsage();
  const { heapUsed, external } = process.memoryUsage();
  process.stderr.write(`${JSON.stringify({ heldBytes: heapUsed + external, cpuMs: (user + system) / 1000 })}\n`);
});
