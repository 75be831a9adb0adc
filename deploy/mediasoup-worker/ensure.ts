/**
 * The path of a mediasoup worker, made where there is none (services/decisions/0003-mediasoup-worker.md):
 *
 *     node deploy/mediasoup-worker/ensure.ts          prints the path, makes what is missing
 *     node deploy/mediasoup-worker/ensure.ts --find   prints the path, or ends with 1
 *
 * MEDIASOUP_WORKER_BIN names one to use as it is; VECHE_WORKER says how to get one (build, download, auto); VECHE_CACHE
 * says where to keep it (~/.cache/veche).
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { buildWorker, debianPackages, installTools, mayInstallTools, missingTools } from "./build.ts";
import { downloadWorker } from "./download.ts";
import { exclusively } from "./once.ts";
import { buildKey, downloadKey, findMediasoup, type Mediasoup } from "./recipe.ts";

type Way = "build" | "download" | "auto";

/** How a worker is made; a test hands in others. */
export type Makers = {
  readonly build: (mediasoup: Mediasoup, directory: string, target: string) => Promise<void>;
  readonly download: (mediasoup: Mediasoup, scratch: string, target: string) => Promise<boolean>;
  readonly missingTools: () => readonly string[];
  readonly mayInstallTools: () => boolean;
  readonly installTools: () => void;
  readonly runs: (path: string) => boolean;
};

export type EnsureOptions = {
  readonly env?: NodeJS.ProcessEnv;
  /** What is being done and why, a line each. */
  readonly say?: (line: string) => void;
  readonly makers?: Partial<Makers>;
};

const makersHere: Makers = {
  build: buildWorker,
  download: downloadWorker,
  missingTools,
  mayInstallTools,
  installTools,
  runs,
};

export async function ensureWorker(options: EnsureOptions = {}): Promise<string> {
  const env = options.env ?? process.env;
  if (env.MEDIASOUP_WORKER_BIN) return requireFile(env.MEDIASOUP_WORKER_BIN);
  const makers = { ...makersHere, ...options.makers };
  const say = options.say ?? ((line) => process.stderr.write(`${line}\n`));
  const way = readWay(env.VECHE_WORKER);
  const mediasoup = findMediasoup();
  const built = pathIn(env, buildKey(mediasoup));
  if (way !== "download" && makers.runs(built)) return built;
  return exclusively(`${join(cacheDirectory(env), mediasoup.version)}.lock`, async () => {
    if (way !== "download" && makers.runs(built)) return built;
    mkdirSync(dirname(built), { recursive: true });
    const downloaded = pathIn(env, downloadKey(mediasoup));
    return new Making({ mediasoup, built, downloaded, makers, say }).make(way);
  });
}

/** A worker that is there already. */
export function findWorker(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.MEDIASOUP_WORKER_BIN) return env.MEDIASOUP_WORKER_BIN;
  const mediasoup = findMediasoup();
  const keys =
    readWay(env.VECHE_WORKER) === "download" ? [downloadKey(mediasoup)] : [buildKey(mediasoup), downloadKey(mediasoup)];
  return keys.map((key) => pathIn(env, key)).find(runs);
}

type Given = {
  readonly mediasoup: Mediasoup;
  readonly built: string;
  readonly downloaded: string;
  readonly makers: Makers;
  readonly say: (line: string) => void;
};

class Making {
  readonly #given: Given;

  constructor(given: Given) {
    this.#given = given;
  }

  async make(way: Way): Promise<string> {
    const { makers, downloaded, mediasoup } = this.#given;
    if (way === "download") {
      if (await this.#download()) return downloaded;
      throw new Error(
        `the prebuilt mediasoup worker ${mediasoup.version} can't be downloaded here; VECHE_WORKER=build builds one`,
      );
    }
    if (makers.missingTools().length === 0) return this.#build();
    if (way === "auto" && (await this.#download())) return downloaded;
    if (!makers.mayInstallTools()) throw new Error(this.#explain());
    this.#given.say(
      `installing the tools to build the mediasoup worker (apt-get install ${debianPackages.join(" ")}): ${
        way === "build" ? "VECHE_WORKER=build asks for it" : "a prebuilt worker can't be downloaded here"
      }`,
    );
    makers.installTools();
    return this.#build();
  }

  async #build(): Promise<string> {
    const { mediasoup, built, makers, say } = this.#given;
    say(
      `building the mediasoup worker ${mediasoup.version} from the package's own sources (some minutes, once): with it Jitsi's own clients connect too`,
    );
    const started = performance.now();
    await makers.build(mediasoup, `${dirname(built)}/build`, built);
    if (!makers.runs(built)) throw new Error(`the mediasoup worker was built, but ${built} does not run`);
    say(`the mediasoup worker was built in ${Math.round((performance.now() - started) / 1000)} s: ${built}`);
    return built;
  }

  async #download(): Promise<boolean> {
    const { mediasoup, downloaded, makers, say } = this.#given;
    if (makers.runs(downloaded)) return true;
    say(`downloading the mediasoup worker ${mediasoup.version} that its makers publish`);
    mkdirSync(dirname(downloaded), { recursive: true });
    const scratch = `${dirname(downloaded)}/download`;
    const isThere = (await makers.download(mediasoup, scratch, downloaded)) && makers.runs(downloaded);
    say(
      isThere
        ? "using the mediasoup worker as published: our own web app connects with it, Jitsi's apps don't; VECHE_WORKER=build makes one for both"
        : "the published mediasoup worker can't be had here",
    );
    return isThere;
  }

  #explain(): string {
    const missing = this.#given.makers.missingTools().join(", ");
    return `no mediasoup worker: it can't be downloaded, and to build it these are missing: ${missing}. On Debian: apt-get install ${debianPackages.join(" ")}`;
  }
}

function readWay(text: string | undefined): Way {
  if (text === undefined || text === "" || text === "auto") return "auto";
  if (text === "build" || text === "download") return text;
  throw new Error(`VECHE_WORKER: expected build, download or auto, found "${text}"`);
}

function cacheDirectory(env: NodeJS.ProcessEnv): string {
  return join(cacheRoot(env), "mediasoup-worker");
}

function pathIn(env: NodeJS.ProcessEnv, key: string): string {
  return join(cacheDirectory(env), key, "mediasoup-worker");
}

function requireFile(path: string): string {
  if (existsSync(path)) return path;
  throw new Error(`MEDIASOUP_WORKER_BIN: expected a mediasoup worker, found no file ${path}`);
}

/** Started without a version to agree with, a worker that fits this system ends with 41. */
function runs(path: string): boolean {
  return existsSync(path) && spawnSync(path, [], { env: {}, stdio: "ignore", timeout: 10_000 }).status === 41;
}

async function main(): Promise<void> {
  try {
    const path = process.argv.includes("--find") ? findWorker() : await ensureWorker();
    if (path === undefined) process.exitCode = 1;
    else console.log(path);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

if (import.meta.main) await main();

/** What may be made again and is worth keeping, outside the checkout. */
export function cacheRoot(env: NodeJS.ProcessEnv): string {
  return env.VECHE_CACHE || join(homedir(), ".cache/veche");
}
