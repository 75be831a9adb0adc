/**
 * package-lock.json: for every platform and every registry. `npm run lock` makes it anew after a dependency changed.
 *
 * A registry may offer the packages of its own platform only; npm then leaves the others out of the lock file, and
 * `npm ci` refuses such a file on every platform. They are added here: who is on another platform needs them, who is not
 * needs only to know that they exist. Addresses of a registry are left out, so that each machine asks its own.
 */
import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Outcome, root } from "./step.ts";

type Dependencies = Readonly<Record<string, string>>;

type LockedPackage = {
  readonly version?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly dependencies?: Dependencies;
  readonly devDependencies?: Dependencies;
  readonly optionalDependencies?: Dependencies;
};

export type LockFile = { readonly packages: Readonly<Record<string, LockedPackage>> };

const manifests = [
  "package.json",
  "proto/package.json",
  "services/*/package.json",
  "services/web/app/package.json",
  "{deploy,test}/package.json",
  "deploy/examples/*/package.json",
];

export function checkLock(): Outcome {
  const lock: LockFile = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const faults = [
    ...staleManifests(lock),
    ...registryAddresses(lock),
    ...Object.keys(missingOptional(lock)).map((path) => `${path} is missing`),
  ];
  return {
    isGood: faults.length === 0,
    output: [...faults, "npm run lock makes package-lock.json anew"].join("\n"),
    note: `${Object.keys(lock.packages).length} packages`,
  };
}

/** In a directory of its own: npm would take what is installed here for all there is. */
export function writeLock(): void {
  const directory = mkdtempSync(join(tmpdir(), "veche-lock-"));
  try {
    for (const path of [...globSync(manifests, { cwd: root }), ".npmrc"]) {
      mkdirSync(join(directory, dirname(path)), { recursive: true });
      cpSync(join(root, path), join(directory, path));
    }
    // What is locked stays locked.
    cpSync(join(root, "package-lock.json"), join(directory, "package-lock.json"));
    execFileSync("npm", ["install", "--package-lock-only", "--loglevel=error"], { cwd: directory, stdio: "inherit" });
    const lock: LockFile = JSON.parse(readFileSync(join(directory, "package-lock.json"), "utf8"));
    const packages = { ...lock.packages, ...missingOptional(lock) };
    const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
    writeFileSync(join(root, "package-lock.json"), `${JSON.stringify({ ...lock, packages: sorted }, undefined, 2)}\n`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Optional packages that something names and the file does not have, as entries of the file. */
export function missingOptional({ packages }: LockFile): Record<string, LockedPackage> {
  const missing: Record<string, LockedPackage> = {};
  for (const [path, { optionalDependencies }] of Object.entries(packages))
    for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
      if (placesFor(path, name).some((place) => packages[place])) continue;
      const top = `node_modules/${name}`;
      const place = (missing[top]?.version ?? version) === version ? top : `${path}/node_modules/${name}`;
      missing[place] = { version, optional: true, ...platformOf(name) };
    }
  return missing;
}

/** Where Node would look for a package, from inside out. */
function placesFor(path: string, name: string): string[] {
  const parts = path.split("/node_modules/");
  return [...parts.keys()]
    .reverse()
    .map((index) => `${parts.slice(0, index + 1).join("/node_modules/")}/node_modules/${name}`.replace(/^\//, ""))
    .concat(`node_modules/${name}`);
}

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

/** Such packages say in their name what they are for: "@biomejs/cli-linux-arm64-musl". */
function platformOf(name: string): Pick<LockedPackage, "os" | "cpu" | "libc"> {
  const words = name.split(/[/\-_@.]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  const libc = words.some((word) => word.startsWith("musl")) ? ["musl"] : words.includes("gnu") ? ["glibc"] : [];
  return { ...(os.length > 0 && { os }), ...(cpu.length > 0 && { cpu }), ...(libc.length > 0 && { libc }) };
}

function registryAddresses({ packages }: LockFile): string[] {
  return Object.entries(packages)
    .filter(([, { resolved }]) => resolved?.includes("://"))
    .map(([path]) => `${path} holds the address of a registry`);
}

function staleManifests({ packages }: LockFile): string[] {
  return globSync(manifests, { cwd: root }).flatMap((path) => {
    const locked = packages[path === "package.json" ? "" : dirname(path)];
    const wanted: LockedPackage = JSON.parse(readFileSync(join(root, path), "utf8"));
    const isSame = (["dependencies", "devDependencies", "optionalDependencies"] as const).every(
      (kind) => canonical(locked?.[kind]) === canonical(wanted[kind]),
    );
    return isSame ? [] : [`${path} has changed`];
  });
}

function canonical(dependencies: Dependencies = {}): string {
  return JSON.stringify(Object.entries(dependencies).sort());
}

if (import.meta.main) writeLock();
