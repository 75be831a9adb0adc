/** `npm run events [-- --replay] [--json] [filter]`: what happens in the conferences, live and by replay. */
import { once } from "node:events";
import { parseArgs } from "node:util";
import { createLogger, type Log } from "@veche/kit/log.ts";
import type { NatsLink } from "@veche/kit/nats-link.ts";
import { type Delivered, StreamReader } from "@veche/kit/nats-reader.ts";
import { NatsStorage } from "@veche/kit/nats-storage.ts";
import { type StreamContract, streams } from "@veche/proto/storage.ts";
import { eventJson, eventLine, type Heard } from "./event-line.ts";
import { openOperatorLink } from "./operator-link.ts";

const usage = `Usage: npm run events -- [--replay] [--until-now] [--json] [filter]

  --replay      what is stored first, oldest first, then live
  --until-now   with --replay: ends after what is stored
  --json        one JSON object a line
  filter        a NATS subject filter ("conference.v1.>" by default; "service.v1.>", "evt.>"), or an entity of the
                catalogue in proto/README.md ("participant", "source")

The installation of this checkout is read unless NATS_URL, with NATS_CREDS_FILE or NATS_USER and NATS_PASSWORD, names another.`;

type Options = {
  readonly filter: string;
  readonly isReplay: boolean;
  readonly isUntilNow: boolean;
  readonly isJson: boolean;
};

try {
  const options = readOptions();
  if (options) await follow(options);
} catch (error) {
  console.error(`events: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

function readOptions(): Options | undefined {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      replay: { type: "boolean", default: false },
      "until-now": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return undefined;
  }
  return {
    filter: subjectFilter(positionals[0]),
    isReplay: values.replay || values["until-now"],
    isUntilNow: values["until-now"],
    isJson: values.json,
  };
}

function subjectFilter(text = "conference.v1.>"): string {
  return /^[a-z]+$/.test(text) ? `conference.v1.*.*.*.${text}.>` : text;
}

function streamOf(filter: string): StreamContract {
  const stream = Object.values(streams).find(({ subjects }) =>
    subjects.some((kept) => filter.startsWith(kept.replace(/>$/, ""))),
  );
  if (!stream) throw new Error(`"${filter}" is not kept in a stream, so it cannot be replayed: leave out --replay`);
  return stream;
}

async function follow(options: Options): Promise<void> {
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.abort());
  // A reader such as `head` that closes the pipe wants no more.
  process.stdout.on("error", () => process.exit());
  const log = createLogger("operator", "warn");
  const { link, prefix } = await openOperatorLink("events", log, ended.signal);
  const reading = options.isReplay ? await replay(options, link, prefix, log, ended) : listen(options, link);
  if (!ended.signal.aborted) await once(ended.signal, "abort");
  reading.close();
  await link.close();
}

async function replay(
  { filter, isUntilNow, isJson }: Options,
  link: NatsLink,
  prefix: string,
  log: Log,
  ended: AbortController,
) {
  const { jsm } = await NatsStorage.open(link, prefix, log);
  const hearing = {
    began: () => {},
    message: ({ subject, text, storedAtMs }: Delivered) => print({ subject, text, atMs: storedAtMs }, isJson),
    caughtUp: () => isUntilNow && ended.abort(),
  };
  const reader = new StreamReader(
    link,
    jsm,
    prefix,
    { stream: streamOf(filter).name, filter, deliver: "all" },
    hearing,
    log,
  );
  await reader.start();
  return reader;
}

function listen({ filter, isJson }: Options, link: NatsLink): { close(): void } {
  const subscription = link.nc.subscribe(filter, {
    callback: (error, msg) => {
      if (error) fail(error);
      else print({ subject: msg.subject, text: msg.string(), atMs: Date.now() }, isJson);
    },
  });
  return { close: () => subscription.unsubscribe() };
}

function print(heard: Heard, isJson: boolean): void {
  console.log(isJson ? eventJson(heard) : eventLine(heard));
}

function fail(error: Error): never {
  console.error(`events: ${error.message}`);
  process.exit(1);
}
