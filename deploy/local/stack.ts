/** Everything on one machine as processes: nats-server and the roles. `npm start` and the tests run this. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { findNatsServer } from "@veche/kit/nats-server.ts";
import type { RoleName } from "@veche/proto/roles.ts";
import { cacheRoot, findWorker } from "../mediasoup-worker/ensure.ts";
import { credsFileOf } from "../nats/accounts.ts";
import { readCluster } from "../nats/cluster.ts";
import { writeWhole } from "../nats/files.ts";
import { nodeOptions } from "../node-options.ts";
import { apiUrlFile, tokenName } from "../users/api-client.ts";
import { Lock } from "./lock.ts";
import { caFileIn, isForAll, localNatsUrl, prepareNatsServer } from "./nats-server.ts";
import { networkAddresses } from "./network-addresses.ts";
import { busyPorts, type PortName, type Ports, portSettings, readPorts } from "./ports.ts";
import { waitUntilReady } from "./readiness.ts";
import { findChromium, recorderPasswordName } from "./recording.ts";
import { ensureSecret } from "./secrets.ts";
import { type Program, Supervisor } from "./supervisor.ts";

const root = resolve(import.meta.dirname, "../..");

/** In the order of their start; they end in the opposite one. */
const startOrder = [
  "nats",
  "xmpp",
  "videobridge",
  "focus",
  "web",
  "recorder",
  "sip-gateway",
  "webhooks",
] as const satisfies readonly ("nats" | RoleName)[];

/** Roles that there need not be, with the ports that only they open. */
const extraPorts = {
  recorder: ["recorder", "recorderInternal"],
  "sip-gateway": ["gateway", "sip"],
  webhooks: ["webhooks"],
} as const satisfies Partial<Record<RoleName, readonly PortName[]>>;

export type ExtraRole = keyof typeof extraPorts;

type FirstName = (typeof startOrder)[number];
/** A role is started once, and further ones of it have a number: "videobridge-2". */
export type ProcessName = FirstName | `${RoleName}-${number}`;

/** What a role is given besides, once it is known where everything is. */
export type RoleSettings = (place: {
  readonly urls: LocalStack["urls"];
  readonly ports: Ports;
  readonly dataDir: string;
}) => Readonly<Partial<Record<RoleName, Readonly<Record<string, string>>>>>;

/** One more process of a role, with what sets it apart from the first: ports, its id. */
export type FurtherProcess = {
  readonly name: `${RoleName}-${number}`;
  readonly env: Readonly<Record<string, string>>;
};

export type StackOptions = {
  /** Ports; what is left out comes from the environment, then from the table in ports.ts. */
  readonly ports?: Partial<Ports>;
  /** Data, secrets, the lock. */
  readonly dataDir: string;
  /** Settings of the roles, over those of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Settings of one role, over those of all. */
  readonly roleSettings?: RoleSettings;
  readonly further?: readonly FurtherProcess[];
  /** Recordings and live streams, telephones, webhooks: one process of each that is named, and what `further` names. */
  readonly extras?: readonly ExtraRole[];
  readonly onLine?: (from: ProcessName, line: string) => void;
  /** What the supervisors do: "web ended with exit code 1, starts again in 100 ms". */
  readonly onNotice?: (text: string) => void;
  /** Gives up a start that is not ready yet. */
  readonly signal?: AbortSignal;
};

export type LocalStack = AsyncDisposable & {
  readonly urls: { readonly http: string; readonly https: string };
  readonly ports: Ports;
  readonly dataDir: string;
  readonly nats: { readonly url: string; credsFile(user: string): string };
  /** The processes that run now, by name. */
  pids(): Readonly<Record<string, number>>;
  /** The mediasoup workers of a videobridge. */
  workerPids(name?: ProcessName): number[];
  /** Sends a signal and resolves with the next process id once the supervisor has started the program again. */
  kill(name: ProcessName, signal?: NodeJS.Signals): Promise<number>;
  /** Sends a signal after which the process lives on (SIGSTOP, SIGCONT). */
  signal(name: ProcessName, signal: NodeJS.Signals): void;
  /** Resolves when every part answers that it is healthy. */
  ready(): Promise<void>;
  stop(): Promise<void>;
};

/** Resolves when the stack is ready. */
export async function startLocal(options: StackOptions): Promise<LocalStack> {
  const env = { ...process.env, ...options.env };
  const ports: Ports = { ...readPorts(env), ...options.ports };
  const urls = { http: `http://localhost:${ports.http}`, https: `https://localhost:${ports.https}` };
  const dataDir = resolve(options.dataDir);
  const lock = await Lock.take(dataDir, urls.http);
  const supervisors = new Map<ProcessName, Supervisor>();
  const stack = { urls, ports, dataDir, lock, supervisors };
  try {
    const extras = options.extras ?? [];
    const busy = await busyPorts(ports, unusedPorts(extras));
    if (busy.length > 0) throw new Error(`Veche cannot start:\n  ${busy.join("\n  ")}`);
    const nats = await prepareNats(ports, dataDir, env);
    const programs = describePrograms({
      urls,
      ports,
      dataDir,
      nats,
      env,
      extras,
      further: options.further ?? [],
      settings: options.roleSettings?.({ urls, ports, dataDir }) ?? {},
    });
    writeFileSync(join(dataDir, apiUrlFile), `http://127.0.0.1:${ports.xmpp}\n`);
    const recentLines = superviseAll(stack, programs, options);
    for (const { name } of programs) supervisors.get(name)?.start();
    await waitUntilReady(ports, supervisors, recentLines, options.signal);
    return control(stack, recentLines, localNatsUrl(natsListen(env), ports.nats));
  } catch (error) {
    await stopAll(stack);
    throw error;
  }
}

function unusedPorts(extras: readonly ExtraRole[]): readonly PortName[] {
  return Object.entries(extraPorts).flatMap(([role, ports]) => (extras.some((each) => each === role) ? [] : ports));
}

type Parts = {
  readonly urls: LocalStack["urls"];
  readonly ports: Ports;
  readonly dataDir: string;
  readonly lock: Lock;
  readonly supervisors: Map<ProcessName, Supervisor>;
};

function superviseAll(stack: Parts, programs: readonly StackProgram[], options: StackOptions) {
  const recentLines = new Map<ProcessName, string[]>();
  for (const program of programs) {
    const supervisor = new Supervisor(program);
    const recent: string[] = [];
    recentLines.set(program.name, recent);
    stack.supervisors.set(program.name, supervisor);
    supervisor.on("line", (line) => {
      recent.push(line);
      if (recent.length > 20) recent.shift();
      options.onLine?.(program.name, line);
    });
    supervisor.on("started", () => stack.lock.setChildren(livePids(stack)));
    supervisor.on("ended", (how, againInMs) =>
      options.onNotice?.(`${program.name} ended ${how}, starts again in ${againInMs} ms`),
    );
  }
  return recentLines;
}

function control(stack: Parts, recentLines: Map<ProcessName, string[]>, natsUrl: string): LocalStack {
  const { urls, ports, dataDir, supervisors } = stack;
  const find = (name: ProcessName) => {
    const supervisor = supervisors.get(name);
    if (!supervisor) throw new Error(`expected one of ${[...supervisors.keys()].join(", ")}, found "${name}"`);
    return supervisor;
  };
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopAll(stack);
    return stopping;
  };
  return {
    urls,
    ports,
    dataDir,
    nats: {
      url: natsUrl,
      credsFile: (user) => credsFileOf(join(dataDir, "secrets"), user),
    },
    pids: () =>
      Object.fromEntries([...supervisors].flatMap(([name, { pid }]) => (pid === undefined ? [] : [[name, pid]]))),
    workerPids: (name = "videobridge") => childPids(find(name).pid),
    kill: (name, signal = "SIGKILL") => {
      const next = find(name).nextStart();
      find(name).kill(signal);
      return next;
    },
    signal: (name, signal) => find(name).kill(signal),
    ready: () => waitUntilReady(ports, supervisors, recentLines),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** The roles first, so that they can say goodbye over NATS. */
async function stopAll({ supervisors, lock }: Parts): Promise<void> {
  await Promise.all([...supervisors].flatMap(([name, each]) => (name === "nats" ? [] : [each.stop()])));
  await supervisors.get("nats")?.stop();
  lock[Symbol.dispose]();
}

function livePids({ supervisors }: Parts): number[] {
  return [...supervisors.values()].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
}

/** NATS_LISTEN_ADDRESS: where hosts that join reach NATS; loopback unless it is set. */
function natsListen(env: NodeJS.ProcessEnv): string {
  return env.NATS_LISTEN_ADDRESS || "127.0.0.1";
}

function prepareNats(ports: Ports, dataDir: string, env: NodeJS.ProcessEnv): Promise<Program> {
  const binary = findNatsServer(env);
  if (!binary)
    throw new Error(
      "nats-server was not found: install it (Debian: apt-get install nats-server), or name it in NATS_SERVER_BIN",
    );
  const directory = join(dataDir, "nats");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const names = [...networkAddresses(), URL.parse(env.PUBLIC_URL ?? "")?.hostname ?? ""].filter((name) => name !== "");
  const secrets = join(dataDir, "secrets");
  writeWhole(join(secrets, "addresses"), `${networkAddresses().join(",")}\n`);
  const cluster = readCluster(env, [...names, env.VECHE_PRIVATE_ADDRESS ?? ""]);
  return prepareNatsServer({ binary, port: ports.nats, directory, secrets, listen: natsListen(env), names, cluster });
}

type StackProgram = Program & { readonly name: ProcessName };

function describePrograms(given: {
  readonly urls: LocalStack["urls"];
  readonly ports: Ports;
  readonly dataDir: string;
  readonly nats: Program;
  readonly env: NodeJS.ProcessEnv;
  readonly extras: readonly ExtraRole[];
  readonly further: readonly FurtherProcess[];
  readonly settings: ReturnType<RoleSettings>;
}): StackProgram[] {
  const { urls, ports, dataDir, nats, env, extras, further } = given;
  const worker = findWorker(env);
  if (!worker)
    throw new Error(
      "there is no mediasoup worker yet: npm start and npm test make one, or name it in MEDIASOUP_WORKER_BIN",
    );
  const directoryOf = (name: ProcessName) => {
    const directory = join(dataDir, name);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return directory;
  };
  const describe = (name: ProcessName, role: RoleName, own: FurtherProcess["env"]): StackProgram => {
    const directory = directoryOf(name);
    return {
      name,
      command: process.execPath,
      args: [join(root, "services", role, "main.ts")],
      cwd: root,
      env: {
        // Only web and media are for other machines.
        ...(role === "xmpp" || role === "focus" ? { VECHE_LISTEN_ADDRESS: "127.0.0.1" } : {}),
        XMPP_BOSH_URL_BASE: `http://127.0.0.1:${ports.xmpp}`,
        JICOFO_URL: `http://127.0.0.1:${ports.focus}`,
        COLIBRI_WEBSOCKET_ORIGIN: `http://127.0.0.1:${ports.channel}`,
        ...nodeSettings(role, env),
        ...(role === "xmpp" ? adminToken(dataDir, env) : {}),
        ...(extras.includes("recorder") && (role === "xmpp" || role === "recorder")
          ? recorderPassword(dataDir, env)
          : {}),
        ...(role === "recorder" ? recorderSettings({ name, directory, urls, env }) : {}),
        ...(role === "sip-gateway" ? { VECHE_GATEWAY_ID: name, VECHE_GATEWAY_DATA_DIR: directory } : {}),
        // Names of endpoints are looked up on threads: one that hangs must not hold up another.
        ...(role === "webhooks" ? { UV_THREADPOOL_SIZE: "32" } : {}),
        ...env,
        ...portSettings(ports),
        VECHE_DATA_DIR: directory,
        NATS_URL: localNatsUrl(natsListen(env), ports.nats),
        ...(isForAll(natsListen(env)) ? { NATS_CA_FILE: caFileIn(join(dataDir, "secrets")) } : {}),
        NATS_CREDS_FILE: credsFileOf(join(dataDir, "secrets"), role),
        MEDIASOUP_WORKER_BIN: worker,
        ...given.settings[role],
        ...own,
      },
    };
  };
  return startOrder.flatMap((name): StackProgram[] => {
    if (name in extraPorts && !extras.some((each) => each === name)) return [];
    if (name === "nats") return [{ ...nats, name }];
    const more = further.filter((each) => each.name.startsWith(`${name}-`));
    return [describe(name, name, {}), ...more.map((each) => describe(each.name, name, each.env))];
  });
}

/** What opens the API to `npm run users`; a token of the operator's own goes first. */
function adminToken(dataDir: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const directory = join(dataDir, "secrets");
  ensureSecret(directory, tokenName);
  const isGiven = env.XMPP_ADMIN_TOKEN !== undefined || env.XMPP_ADMIN_TOKEN_FILE !== undefined;
  return isGiven ? {} : { XMPP_ADMIN_TOKEN_FILE: join(directory, tokenName) };
}

/** What recorders sign in with; a password of the operator's own goes first. */
function recorderPassword(dataDir: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const directory = join(dataDir, "secrets");
  ensureSecret(directory, recorderPasswordName);
  const isGiven = env.JIBRI_RECORDER_PASSWORD !== undefined || env.JIBRI_RECORDER_PASSWORD_FILE !== undefined;
  return isGiven ? {} : { JIBRI_RECORDER_PASSWORD_FILE: join(directory, recorderPasswordName) };
}

function recorderSettings(given: {
  readonly name: ProcessName;
  readonly directory: string;
  readonly urls: LocalStack["urls"];
  readonly env: NodeJS.ProcessEnv;
}): NodeJS.ProcessEnv {
  const browser = findChromium(given.env);
  return {
    VECHE_RECORDER_ID: given.name,
    JIBRI_RECORDING_DIR: join(given.directory, "recordings"),
    // Pages of localhost may do what others need https for.
    VECHE_WEB_ORIGIN: given.urls.http,
    ...(browser === undefined ? {} : { CHROMIUM_PATH: browser }),
  };
}

/**
 * Sources stripped of their types are kept, so that a role that died is back in half the time and never loads the
 * stripper.
 */
function nodeSettings(role: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    NODE_COMPILE_CACHE: join(cacheRoot(env), "node"),
    NODE_OPTIONS: nodeOptions(role),
  };
}

function childPids(parent: number | undefined): number[] {
  if (parent === undefined) return [];
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && parentOf(entry) === parent)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
