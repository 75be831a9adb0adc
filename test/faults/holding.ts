/** Loaded into each role: at SIGUSR2 it throws away what nobody holds, and says how much is held. */
import { collectGarbage } from "@veche/kit/testing/held-bytes.ts";

process.on("SIGUSR2", () => {
  collectGarbage();
  collectGarbage();
  const { user, system } = process.cpuUsage();
  const { heapUsed, external } = process.memoryUsage();
  process.stderr.write(`${JSON.stringify({ heldBytes: heapUsed + external, cpuMs: (user + system) / 1000 })}\n`);
});
