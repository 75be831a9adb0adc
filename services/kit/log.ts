import { type Bindings, type Logger, pino } from "pino";
import { formatLine } from "./log-format.ts";
import { redact } from "./redact.ts";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

type Write = {
  (fields: object, message?: string): void;
  (message: string): void;
};

/** Log as data first, then what happened: `log.info({ room, endpoint }, "endpoint allocated")`. */
export type Log = {
  readonly trace: Write;
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
  readonly fatal: Write;
  child(fields: object): Log;
};

export type LogSink = { write(line: string): void };

let copy: ((line: string) => void) | undefined;

/** Each line of this process goes there as well, as JSON. */
export function copyLines(to: ((line: string) => void) | undefined): void {
  copy = to;
}

/** JSON lines on stdout; on a terminal, or with LOG_FORMAT=text, a line for people. Secrets are left out by key. */
export function createLogger(role: string, level: LogLevel = "info", sink?: LogSink): Log {
  const logger = pino(
    {
      level,
      base: { role },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redact(fields) as Record<string, unknown>,
      },
      serializers: { err: (err: unknown) => err, error: (error: unknown) => error },
    },
    copying(sink ?? defaultSink()),
  );
  return wrap(logger);
}

/** pino formats what a line says, but not what a child is made with. */
function wrap(logger: Logger): Log {
  const child = logger.child.bind(logger);
  return Object.assign(logger, { child: (fields: object) => wrap(child(redact(fields) as Bindings)) }) as Log;
}

/** For tests that don't look at the log. */
export const silentLog: Log = createLogger("test", "silent", { write: () => {} });

function copying(sink: LogSink): LogSink {
  return {
    write: (line) => {
      sink.write(line);
      copy?.(line);
    },
  };
}

function defaultSink(): LogSink {
  const asText = process.env.LOG_FORMAT === "text" || (process.env.LOG_FORMAT !== "json" && process.stdout.isTTY);
  if (!asText) return pino.destination({ fd: 1, sync: true });
  const withColour = process.stdout.isTTY && process.env.NO_COLOR === undefined;
  return { write: (line) => void process.stdout.write(formatLine(line, withColour)) };
}
