/** What a browser fetches before the start page stands there: built anew, counted as it is sent, held to a budget. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { execute, type Outcome, root } from "./step.ts";

const budgetBytes = 250_000;
const page = "index.html";
const languages = /^src\/lang\/\w+\/index\.ts$/;

/** Of Vite's manifest: a file that was made, and those it cannot do without. */
type Chunk = {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
};
export type Manifest = Readonly<Record<string, Chunk>>;

export async function checkFirstLoad(): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), "veche-first-load-"));
  try {
    const vite = join(root, "node_modules/vite/bin/vite.js");
    const arguments_ = [vite, "build", "--logLevel", "warn", "--manifest", "--emptyOutDir", "--outDir", directory];
    const built = await execute(process.execPath, arguments_, join(root, "services/web/app"));
    if (!built.isGood) return built;
    const manifest = JSON.parse(readFileSync(join(directory, ".vite/manifest.json"), "utf8")) as Manifest;
    const plain = readdirSync(directory).filter((name) => /^(boot\.js|plain\.css|favicon\.svg)$/.test(name));
    const sizeOf = (file: string): number => gzipSync(readFileSync(join(directory, file))).length;
    return judge(firstLoadOf(manifest, plain, sizeOf));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Compressed bytes by file; of the languages the largest, since a page loads one. */
export function firstLoadOf(
  manifest: Manifest,
  plain: readonly string[],
  sizeOf: (file: string) => number,
): ReadonlyMap<string, number> {
  const spoken = Object.keys(manifest).filter((name) => languages.test(name));
  const sizeWith = (name: string): number =>
    [...filesOf(manifest, [page, name])].reduce((sum, file) => sum + sizeOf(file), 0);
  const [largest] = spoken.toSorted((one, other) => sizeWith(other) - sizeWith(one));
  const files = filesOf(manifest, largest === undefined ? [page] : [page, largest]);
  return new Map([page, ...plain, ...files].map((file) => [file, sizeOf(file)]));
}

/** Without what is fetched when it is first needed. */
function filesOf(manifest: Manifest, names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const files = new Set<string>();
  const queue = [...names];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const chunk = manifest[name];
    if (chunk === undefined || seen.has(name)) continue;
    seen.add(name);
    files.add(chunk.file);
    for (const style of chunk.css ?? []) files.add(style);
    queue.push(...(chunk.imports ?? []));
  }
  return files;
}

function judge(sizes: ReadonlyMap<string, number>): Outcome {
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const note = `${kilobytes(total)} of ${kilobytes(budgetBytes)} compressed`;
  const lines = [...sizes]
    .toSorted(([, one], [, other]) => other - one)
    .map(([file, size]) => `${kilobytes(size).padStart(9)}  ${file}`);
  return { isGood: total <= budgetBytes, note, output: [`expected at most ${note}`, ...lines].join("\n") };
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
