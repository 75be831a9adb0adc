/** What compose files, scripts and programs read from the environment, so that no name they read is taken for a slip. */
import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { honouredNames } from "./catalogue.ts";
import type { Catalogue } from "./known.ts";

const root = resolve(import.meta.dirname, "../..");

/** How each kind of file names a variable that it reads, or gives to a container. */
const readers: readonly { readonly files: readonly string[]; readonly names: RegExp }[] = [
  { files: ["docker-compose.yml", "compose/*.yml"], names: /(?<!\$)\$\{([A-Z][A-Z0-9_]*)|^\s+([A-Z][A-Z0-9_]+):\s/gm },
  { files: ["deploy/images/*.sh"], names: /\$\{?([A-Z][A-Z0-9_]*)/g },
  { files: ["{deploy,services,test}/**/*.ts"], names: /\benv\.([A-Z][A-Z0-9_]+)/g },
];

/** Of the shell, of tools, and of one test for its children. */
const notSettings = new Set([
  "BENCH_NODE_OPTIONS",
  "CI",
  "HOME",
  "INIT_CWD",
  "NODE_TEST_CONTEXT",
  "NO_COLOR",
  "PATH",
  "TMPDIR",
  "UPDATE_GOLDEN",
]);

/** By name, a file that reads it. */
export function namesRead(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { files, names } of readers) {
    for (const path of globSync([...files], {
      cwd: root,
      exclude: (each) => /node_modules|\/gen\/|\/dist\//.test(each),
    })) {
      for (const match of readFileSync(join(root, path), "utf8").matchAll(names)) {
        const name = match[1] ?? match[2] ?? "";
        if (!notSettings.has(name)) found.set(name, path);
      }
    }
  }
  return found;
}

/** Throws, naming the line that is missing, where something reads a name that the table lacks. */
export function refuseUnlisted(catalogue: Catalogue): void {
  const known = new Set(honouredNames(catalogue));
  const unlisted = [...namesRead()].filter(([name]) => !known.has(name) && !name.startsWith("NODE_"));
  if (unlisted.length === 0) return;
  const lines = unlisted.map(([name, path]) => `${path} reads ${name}`).join("\n");
  throw new Error(`${lines}\nsettings that are in no schema of a role need a line in deploy/settings/outside.ts`);
}
