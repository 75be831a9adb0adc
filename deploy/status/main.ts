/** `npm run status [-- --watch] [--json] [--people]`: what runs, on one page; in containers `docker compose run --rm status`. */
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Asking } from "./asking.ts";
import type { Picture } from "./picture.ts";
import { screen } from "./screen.ts";
import { warningsOf } from "./warnings.ts";

const usage = `Usage: npm run status -- [--watch] [--json] [--people]

  --watch    again every two seconds, until Ctrl-C
  --json     the same as JSON, with the warnings; with --watch one object a line
  --people   who is in the rooms, with the names people have given themselves

The installation of this checkout is asked unless NATS_URL, NATS_USER and NATS_PASSWORD name another. The exit code is 0 where
nothing is wrong, 1 with an error among the warnings, 2 where NATS is out of reach or the command is wrong.`;

const everyMs = 2000;

type Options = { readonly isWatching: boolean; readonly isJson: boolean; readonly withPeople: boolean };

const ended = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.abort());
// A reader such as `head` that closes the pipe wants no more.
process.stdout.on("error", () => process.exit());

try {
  const options = readOptions();
  if (options) await (options.isWatching ? watch(options) : once(options));
} catch (error) {
  console.error(`status: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}

function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      watch: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      people: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return undefined;
  }
  return { isWatching: values.watch, isJson: values.json, withPeople: values.people };
}

async function once(options: Options): Promise<void> {
  const asking = new Asking(options.withPeople, ended.signal);
  const picture = await asking.look();
  console.log(options.isJson ? JSON.stringify(asJson(picture), null, 2) : page(picture, 0));
  process.exitCode = exitCodeOf(picture);
  await asking.end();
}

async function watch(options: Options): Promise<void> {
  const asking = new Asking(options.withPeople, ended.signal);
  while (!ended.signal.aborted) {
    const picture = await asking.look();
    if (ended.signal.aborted) break;
    if (options.isJson) console.log(JSON.stringify(asJson(picture)));
    else
      process.stdout.write(
        `${process.stdout.isTTY ? "\x1b[H\x1b[2J" : ""}${page(picture, process.stdout.rows ?? 0)}\n`,
      );
    await wait(everyMs, undefined, { signal: ended.signal }).catch(() => undefined);
  }
  await asking.end();
}

function page(picture: Picture, rows: number): string {
  const hasColour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
  const columns = process.stdout.columns ?? Number.POSITIVE_INFINITY;
  return screen(picture, { columns, rows: process.stdout.isTTY ? rows : 0, hasColour });
}

function asJson(picture: Picture): object {
  return { ...picture, warnings: warningsOf(picture) };
}

function exitCodeOf(picture: Picture): number {
  if (picture.away !== undefined) return 2;
  return warningsOf(picture).some(({ severity }) => severity === "error") ? 1 : 0;
}
