import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { RoleName } from "@veche/proto/roles.ts";
import {
  type CommonConfig,
  ConfigError,
  type ConfigOf,
  describeConfig,
  type Environment,
  namesOf,
  readConfig,
  type Schema,
  text,
} from "./config.ts";
import { Health } from "./health.ts";
import { createLogger, type Log, type LogLevel } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { knownSettings } from "./settings/gen/known.ts";
import { checkNames, ignoredLine, type NameFindings } from "./settings/names.ts";
import { startTelemetry, stopTelemetry } from "./telemetry.ts";

/** What every role is started with. */
export type Context<C = CommonConfig> = {
  readonly role: RoleName;
  readonly config: C;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly health: Health;
  /** 12 hex digits, new at each start. */
  readonly instance: string;
  readonly version: string;
  /** Aborted when the process is to end; its reason is "SIGTERM" (finish what is running) or "SIGINT" (at once). */
  readonly signal: AbortSignal;
};

/** How long ending may take before the exit is forced: SIGTERM lets running work finish, SIGINT doesn't wait. */
export const lastTimerMs = { SIGTERM: 10_000, SIGINT: 2000 } as const;

/** A terminal and npm both hand on one Ctrl-C: only a later one means "now". */
const impatientAfterMs = 500;

/**
 * Runs a role until SIGTERM (finishes what is running) or SIGINT (ends at once). `--check-config` only checks. A start
 * that fails, and a rejection nobody handled, end the process with 1: whoever supervises it starts it again.
 */
export async function run<S extends Schema>(
  role: RoleName,
  schema: S,
  start: (context: Context<ConfigOf<S>>) => Promise<AsyncDisposable>,
): Promise<void> {
  const roleSchema = withRoleDefaults(role, schema);
  if (process.argv.includes("--check-config")) return checkConfig(roleSchema, process.env);
  const config = readOrExit(roleSchema, process.env);
  if (!config) return;
  const log = createLogger(role, logLevelOf(config));
  const stopping = new AbortController();
  const health = new Health();
  health.set("start", "starting");
  const context: Context<ConfigOf<S>> = {
    role,
    config,
    log,
    metrics: new Metrics(role),
    health,
    instance: randomBytes(6).toString("hex"),
    version: readVersion(),
    signal: stopping.signal,
  };
  context.metrics.collectProcess();
  dieOnUnhandled(log);
  log.info({ instance: context.instance, version: context.version, config: shown(roleSchema) }, "starting");
  const ended = whenAskedToEnd(context, stopping);
  const running = await startOrExit(context, start);
  if (!running) return;
  health.set("start");
  log.info({ sinceStartMs: Math.round(performance.now()) }, "ready");
  await ended;
  await finish(context, running);
}

async function startOrExit<C>(
  context: Context<C>,
  start: (context: Context<C>) => Promise<AsyncDisposable>,
): Promise<AsyncDisposable | undefined> {
  try {
    await startTelemetry({ ...context, host: hostOf(context.config) });
    return await start(context);
  } catch (error) {
    if (context.signal.aborted) process.exit(0);
    const message = error instanceof Error ? error.message : String(error);
    context.log.debug({ err: error }, "start failed");
    context.log.fatal(`can't start: ${message}`);
    process.exitCode = 1;
    process.exit();
  }
}

/** Resolves at the first signal; a second Ctrl-C, and the last timer, force the exit. */
function whenAskedToEnd(context: Pick<Context, "log" | "health">, stopping: AbortController): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | undefined;
    const ask = (signal: keyof typeof lastTimerMs) => {
      if (askedAt !== undefined) {
        if (signal === "SIGTERM" || performance.now() - askedAt < impatientAfterMs) return;
        context.log.warn("asked again to end: ending at once");
        process.exit(130);
      }
      askedAt = performance.now();
      context.log.info({ signal }, "ending");
      context.health.set("start", "stopping");
      setTimeout(() => forceExit(context.log), lastTimerMs[signal]).unref();
      stopping.abort(signal);
      resolve();
    };
    process.on("SIGTERM", () => ask("SIGTERM"));
    process.on("SIGINT", () => ask("SIGINT"));
  });
}

function forceExit(log: Log): never {
  log.error({ open: process.getActiveResourcesInfo() }, "did not end in time: forcing the exit");
  process.exit(1);
}

function hostOf(config: unknown): string {
  const { VECHE_HOST_ID: host } = config as { readonly VECHE_HOST_ID?: string };
  return host ?? "";
}

async function finish(context: Pick<Context, "log">, running: AsyncDisposable): Promise<void> {
  try {
    await running[Symbol.asyncDispose]();
    context.log.info("ended");
  } catch (error) {
    context.log.error({ err: error }, "ending failed");
    process.exitCode = 1;
  }
  await stopTelemetry();
}

function dieOnUnhandled(log: Log): void {
  process.on("unhandledRejection", (reason) => {
    log.fatal({ err: reason }, "a rejection nobody handled");
    process.exit(1);
  });
  process.on("uncaughtException", (error) => {
    log.fatal({ err: error }, "an exception nobody caught");
    process.exit(1);
  });
}

function withRoleDefaults<S extends Schema>(role: RoleName, schema: S): S {
  return schema.NATS_USER ? { ...schema, NATS_USER: text(role, schema.NATS_USER.sentence) } : schema;
}

function readOrExit<S extends Schema>(schema: S, env: Environment): ConfigOf<S> | undefined {
  return withoutFaults(nameFindings(schema, env), () => readConfig(schema, env));
}

function checkConfig(schema: Schema, env: Environment): void {
  const findings = nameFindings(schema, env);
  const rows = withoutFaults(findings, () => describeConfig(schema, env)) ?? [];
  for (const { name, value, from } of rows) console.log(`${name}=${value}${from === "default" ? "" : `  # ${from}`}`);
  const ignored = ignoredLine(findings);
  if (ignored !== undefined) console.error(ignored);
}

/** A setting of the role itself is known, whatever the generated table says. */
function nameFindings(schema: Schema, env: Environment): NameFindings {
  const ownNames = Object.entries(schema).flatMap(([name, setting]) => namesOf(name, setting));
  return checkNames(env, { ...knownSettings, honoured: [...knownSettings.honoured, ...ownNames] }, "process");
}

/** What is wrong with names and with values is told at once. */
function withoutFaults<T>({ faults }: NameFindings, read: () => T): T | undefined {
  try {
    const value = read();
    if (faults.length === 0) return value;
    reportFaults(new ConfigError(faults));
  } catch (error) {
    reportFaults(error instanceof ConfigError ? new ConfigError([...faults, ...error.faults]) : error);
  }
  return undefined;
}

function reportFaults(error: unknown): void {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function shown(schema: Schema): Readonly<Record<string, string>> {
  return Object.fromEntries(describeConfig(schema, process.env).map(({ name, value }) => [name, value]));
}

function logLevelOf(config: Readonly<Record<string, unknown>>): LogLevel {
  return (config.LOG_LEVEL ?? "info") as LogLevel;
}

function readVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));
  return (parsed as { version: string }).version;
}
