/** A process of its own that keeps what it reads from its standard input, and says how many bytes it has taken. */
import { silentLog } from "@veche/kit/log.ts";
import { openSegments } from "../segments.ts";

const [directory = ""] = process.argv.slice(2);
const sink = await openSegments({ directory, attempt: 1, log: silentLog });
let bytes = 0;
for await (const chunk of process.stdin) {
  sink.write(chunk as Buffer);
  bytes += (chunk as Buffer).length;
  // The write is under way: one turn of the pool later it is the kernel's.
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.stdout.write(`${bytes}\n`);
}
await sink[Symbol.asyncDispose]();
