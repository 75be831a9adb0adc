/** Generated files are committed; here they are generated again and compared. `npm run gen` brings them up to date. */
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configTable, type Schema } from "@veche/kit/config.ts";
import { renderPermissions } from "../nats/render.ts";
import { dashboards } from "../observability/dashboards.ts";
import { grafanaJson } from "../observability/grafana.ts";
import { readCatalogue } from "../settings/catalogue.ts";
import { earlierJitsiNames } from "../settings/jitsi-names.ts";
import { refuseUnlisted } from "../settings/reads.ts";
import { allJitsiNames, honouredTable, jitsiCounts, namesTable, renderKnown } from "../settings/render.ts";
import { catalogueTable, streamTable } from "./proto-tables.ts";
import { execute, type Outcome, root } from "./step.ts";

type GeneratedFile = { readonly path: string; readonly wanted: string };

export async function checkGenerated(): Promise<Outcome> {
  const files = [...(await contractFiles()), ...(await ownFiles())];
  const stale = files.filter(({ path, wanted }) => read(path) !== wanted).map(({ path }) => path);
  const wanted = new Set(files.map(({ path }) => path));
  const left = globSync("proto/gen/**/*.ts", { cwd: root }).filter((path) => !wanted.has(path));
  return {
    isGood: stale.length + left.length === 0,
    output: [
      ...stale.map((path) => `${path} is out of date`),
      ...left.map((path) => `${path} comes from no contract`),
      "npm run gen brings them up to date",
    ].join("\n"),
    note: `${files.length} files`,
  };
}

/** Writes what buf does not: permissions, the names of settings and the tables of the READMEs. */
export async function writeGenerated(): Promise<void> {
  for (const { path, wanted } of await ownFiles()) if (read(path) !== wanted) writeFileSync(join(root, path), wanted);
}

async function contractFiles(): Promise<GeneratedFile[]> {
  const directory = mkdtempSync(join(tmpdir(), "veche-generated-"));
  try {
    const { isGood, output } = await execute("buf", ["generate", "-o", directory], join(root, "proto"));
    if (!isGood) throw new Error(`buf generate: ${output}`);
    return globSync("gen/**/*.ts", { cwd: directory }).map((path) => ({
      path: join("proto", path),
      wanted: readFileSync(join(directory, path), "utf8"),
    }));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function ownFiles(): Promise<GeneratedFile[]> {
  const readmes = ["proto/README.md", "deploy/SETTINGS.md", ...globSync("services/*/README.md", { cwd: root })];
  const catalogue = await readCatalogue();
  refuseUnlisted(catalogue);
  return [
    { path: "services/kit/settings/gen/known.ts", wanted: renderKnown(catalogue) },
    { path: "deploy/nats/permissions.conf", wanted: renderPermissions() },
    ...dashboards.map((dashboard) => ({
      path: `deploy/observability/dashboards/${dashboard.uid}.json`,
      wanted: `${JSON.stringify(grafanaJson(dashboard), null, 2)}\n`,
    })),
    ...(await Promise.all(readmes.map(withTables))),
  ];
}

/** A README says where a table stands: `<!-- config -->` … `<!-- /config -->`. */
async function withTables(path: string): Promise<GeneratedFile> {
  const text = read(path) ?? "";
  let wanted = text;
  for (const [name, render] of Object.entries(tables)) {
    const marked = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
    if (!marked.test(text)) continue;
    const table = await render(path);
    wanted = wanted.replace(marked, (_, begin, end) => `${begin}\n${table}\n\n${end}`);
  }
  return { path, wanted };
}

const tables: Readonly<Record<string, (readme: string) => string | Promise<string>>> = {
  config: async (readme) => {
    const { schema } = (await import(join(root, readme, "../config.ts"))) as { schema: Schema };
    return configTable(schema);
  },
  catalogue: catalogueTable,
  settings: async () => honouredTable(await readCatalogue()),
  "jitsi-counts": async () => jitsiCounts(await readCatalogue()),
  "jitsi-names": async () => namesTable(allJitsiNames, await readCatalogue()),
  "earlier-names": async () => namesTable(earlierJitsiNames, await readCatalogue()),
  streams: streamTable,
};

function read(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return undefined;
  }
}
