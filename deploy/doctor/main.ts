/** `npm run doctor [-- --json]`: what is wrong with an installation, and what to do; in containers `docker compose run --rm doctor`. */
import { parseArgs } from "node:util";
import { Asking } from "../status/asking.ts";
import { findingsOf } from "./findings.ts";
import { report } from "./report.ts";
import { nothingTried } from "./tries.ts";
import { tryAll } from "./trying.ts";

const usage = `Usage: npm run doctor -- [--json]

Asks every process on every host how it is, has the hosts try each other's media ports and the address people type, and says what is
wrong, the worst first, with what to do about it.

  --json   the same for programs: what was found, what was tried, the findings

The installation of this checkout is examined unless NATS_URL names another. The exit code is 0 where nothing is wrong, 1 with an
error among the findings, 2 where NATS is out of reach or the command is wrong.`;

const ended = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.abort());

try {
  const { values } = parseArgs({
    options: { json: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
  });
  if (values.help) console.log(usage);
  else await examine(values.json);
} catch (error) {
  console.error(`doctor: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}

async function examine(isJson: boolean): Promise<void> {
  const asking = new Asking(false, ended.signal);
  const picture = await asking.look();
  const tries = asking.link && picture.away === undefined ? await tryAll(asking.link, picture) : nothingTried;
  const findings = findingsOf(picture, tries);
  const hasColour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  console.log(
    isJson ? JSON.stringify({ picture, tries, findings }, null, 2) : report(picture, tries, findings, hasColour),
  );
  if (picture.away !== undefined) process.exitCode = 2;
  else if (findings.some(({ severity }) => severity === "error")) process.exitCode = 1;
  await asking.end();
}
