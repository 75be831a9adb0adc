/**
 * The compose files as an engine would see them, for tests that have none: `extends` and `include` are followed and merged by the
 * rules of the Compose Specification (mappings by key, lists one after the other, `command`, `entrypoint` and scalars replaced).
 * Settings stay as they stand, `${NAME:-default}`.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";

export type Service = {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string };
  readonly user?: string;
  readonly read_only?: boolean;
  readonly init?: boolean;
  readonly privileged?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly devices?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly mem_limit?: string;
  readonly cpus?: string | number;
  readonly cpu_shares?: string | number;
  readonly pids_limit?: number;
  readonly logging?: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly profiles?: readonly string[];
  readonly restart?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env_file?: readonly { readonly path: string; readonly required: boolean }[];
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly networks?: readonly string[] | Readonly<Record<string, { readonly aliases?: readonly string[] } | null>>;
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
};

export type ComposeFile = {
  readonly name?: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};

export const root = resolve(import.meta.dirname, "../..");
/** One host with everything. */
export const oneHost = "docker-compose.yml";
/** What others are made of, and what is laid over another file: none of them stands for itself. */
const parts = [
  "roles.yml",
  "observability.yml",
  "hosts.yml",
  "hosts-media.yml",
  "cluster.yml",
  "subscribers.yml",
  "register.yml",
];

/** The files that an administrator starts, from the root of the checkout. */
export function placements(): readonly string[] {
  const files = readdirSync(join(root, "compose")).filter((name) => name.endsWith(".yml") && !parts.includes(name));
  return files.sort().map((name) => `compose/${name}`);
}

/** Paths in it are from the root of the checkout. */
export function readComposeFile(path: string): ComposeFile {
  const file = readRaw(path);
  const services = Object.fromEntries(
    Object.keys(file.services ?? {}).map((name) => [name, resolveService(path, name)]),
  );
  const own: ComposeFile = { ...file, services, networks: file.networks ?? {}, volumes: file.volumes ?? {} };
  return (file.include ?? []).map((other) => readComposeFile(beside(path, other))).reduce(together, own);
}

export function networksOf({ networks: joined = [] }: Service): readonly string[] {
  return Array.isArray(joined) ? joined : Object.keys(joined);
}

/** Named volumes that a service has, without the folders of the host. */
export function volumesOf({ volumes = [] }: Service): readonly string[] {
  return volumes.map((one) => one.split(":")[0] ?? "").filter((name) => !/^[./]/.test(name));
}

type RawService = Readonly<Record<string, unknown>> & {
  readonly extends?: { readonly file?: string; readonly service: string };
};

type RawFile = {
  readonly name?: string;
  readonly include?: readonly string[];
  readonly services?: Readonly<Record<string, RawService>>;
  readonly networks?: ComposeFile["networks"];
  readonly volumes?: ComposeFile["volumes"];
};

function readRaw(path: string): RawFile {
  return parse(readFileSync(join(root, path), "utf8"), { merge: true });
}

function beside(path: string, other: string): string {
  return join(dirname(path), other);
}

function resolveService(path: string, name: string): Service {
  const service = readRaw(path).services?.[name];
  if (!service) throw new Error(`expected a service ${name} in ${path}, found none`);
  const { extends: base, ...own } = service;
  const here = fromRoot(path, own);
  if (!base) return here as Service;
  const inherited = resolveService(base.file === undefined ? path : beside(path, base.file), base.service);
  return merge(inherited as Record<string, unknown>, here) as Service;
}

/** Paths of the host, which count from the file's folder. */
function fromRoot(path: string, service: Record<string, unknown>): Record<string, unknown> {
  const { volumes, build, env_file } = service as Service;
  return {
    ...service,
    ...(build && { build: { ...build, context: join(dirname(path), build.context) } }),
    ...(env_file && { env_file: env_file.map((one) => ({ ...one, path: beside(path, one.path) })) }),
    ...(volumes && { volumes: volumes.map((one) => (one.startsWith(".") ? `./${beside(path, one)}` : one)) }),
  };
}

const replaced = new Set(["command", "entrypoint", "test"]);

function merge(base: Record<string, unknown>, own: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...base };
  for (const [key, value] of Object.entries(own)) {
    const before = merged[key];
    if (Array.isArray(before) && Array.isArray(value) && !replaced.has(key))
      merged[key] = [...before, ...value.filter((one) => !before.includes(one))];
    else if (isMapping(before) && isMapping(value)) merged[key] = merge(before, value);
    else merged[key] = value;
  }
  return merged;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function together(one: ComposeFile, other: ComposeFile): ComposeFile {
  for (const name of Object.keys(one.services))
    if (name in other.services) throw new Error(`expected one service ${name}, found two`);
  return {
    ...one,
    services: { ...other.services, ...one.services },
    networks: { ...other.networks, ...one.networks },
    volumes: { ...other.volumes, ...one.volumes },
  };
}

/** Is that file of the host, named in a compose file, in the checkout? */
export function exists(path: string): boolean {
  return existsSync(join(root, path));
}
