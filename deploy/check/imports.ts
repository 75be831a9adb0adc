/**
 * Which folder may import what. The table is the rule; a library not named in `shared` is imported from one directory of
 * each folder, tests aside, so that replacing it stays one change in one place.
 */
import { globSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { type Outcome, root } from "./step.ts";

/** Our packages by the folder that holds them. */
const folders: Readonly<Record<string, string>> = {
  "@veche/proto": "proto",
  "@veche/kit": "services/kit",
  "@veche/xmpp": "services/xmpp",
  "@veche/focus": "services/focus",
  "@veche/videobridge": "services/videobridge",
  "@veche/recorder": "services/recorder",
  "@veche/sip-gateway": "services/sip-gateway",
  "@veche/webhooks": "services/webhooks",
  "@veche/web": "services/web",
  "@veche/web-app": "services/web/app",
  "@veche/register": "deploy/examples/register",
  "@veche/deploy": "deploy",
  "@veche/test": "test",
};

/** What a folder may import of ours, besides itself. A role imports no other role. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  proto: [],
  "services/kit": ["proto"],
  "services/xmpp": ["proto", "services/kit"],
  "services/focus": ["proto", "services/kit"],
  "services/videobridge": ["proto", "services/kit"],
  "services/recorder": ["proto", "services/kit"],
  "services/sip-gateway": ["proto", "services/kit"],
  "services/webhooks": ["proto", "services/kit"],
  "services/web": ["proto", "services/kit"],
  "services/web/app": [],
  // An example of another system: it has nothing of ours.
  "deploy/examples/register": [],
  deploy: ["proto", "services/kit"],
  test: Object.values(folders),
};

/** Libraries that are a way of writing rather than a part one could exchange. */
const shared: readonly string[] = [
  "@bufbuild/protobuf",
  "preact",
  "@preact/signals",
  "@preact/signals-core",
  "@opentelemetry/api",
  "@xmpp/jid",
];

export type SourceFile = { readonly path: string; readonly text: string };

export function checkImports(): Outcome {
  const files = globSync(["proto/**/*.ts", "services/**/*.{ts,tsx}", "deploy/**/*.ts", "test/**/*.ts"], {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|dist|gen)(\/|$)/.test(path),
  });
  const faults = findFaults(files.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") })));
  return { isGood: faults.length === 0, output: faults.join("\n"), note: `${files.length} files` };
}

export function findFaults(files: readonly SourceFile[]): string[] {
  const imports = files.flatMap(({ path, text }) => specifiers(text).map((specifier) => ({ path, specifier })));
  return [
    ...imports.flatMap(({ path, specifier }) => [
      folderFault(path, specifier),
      domainFault(path, specifier),
      layerFault(path, specifier),
    ]),
    ...libraryFaults(imports),
  ].filter((fault) => fault !== undefined);
}

type Import = { readonly path: string; readonly specifier: string };

function folderFault(path: string, specifier: string): string | undefined {
  const from = folderOf(path);
  const to = ownFolder(path, specifier);
  if (!from || !to || from === to || mayImport[from]?.includes(to)) return undefined;
  return `${path}: ${from} may not import ${to} ("${specifier}")`;
}

/** Domain code decides and does nothing else: it imports domain code of its role and generated types. */
function domainFault(path: string, specifier: string): string | undefined {
  if (!/^services\/.*\/domain\//.test(path) || isTest(path)) return undefined;
  const target = specifier.startsWith(".") ? join(dirname(path), specifier) : specifier;
  const isOwnDomain = specifier.startsWith(".") && /\/domain\//.test(target) && folderOf(target) === folderOf(path);
  const isContract = specifier.startsWith("@veche/proto/gen/");
  return isOwnDomain || isContract
    ? undefined
    : `${path}: domain code imports domain code and generated types only, found "${specifier}"`;
}

const appLayers = "services/web/app/src/";

/** The web app's layers: the protocol knows no signals, models know no pages. */
const mayReach: Readonly<Record<string, RegExp>> = {
  protocol: /^src\/protocol\//,
  model: /^src\/(protocol|model|i18n|lang)\/|^@preact\/signals-core$/,
};

function layerFault(path: string, specifier: string): string | undefined {
  if (!path.startsWith(appLayers) || isTest(path)) return undefined;
  const layer = path.slice(appLayers.length).split("/", 1)[0] ?? "";
  const allowed = mayReach[layer];
  const target = specifier.startsWith(".")
    ? `src/${join(dirname(path.slice(appLayers.length)), specifier)}`
    : specifier;
  const isLibraryOfItsOwn = !specifier.startsWith(".") && !/^preact|^@preact\//.test(specifier);
  if (!allowed || allowed.test(target) || isLibraryOfItsOwn) return undefined;
  return `${path}: the layer "${layer}" of the web app may not import "${specifier}"`;
}

function libraryFaults(imports: readonly Import[]): string[] {
  const users = new Map<string, Set<string>>();
  for (const { path, specifier } of imports) {
    const library = libraryOf(specifier);
    const folder = folderOf(path);
    if (!library || !folder || folder === "test" || isTest(path) || shared.includes(library)) continue;
    const key = `${library} in ${folder}`;
    users.set(key, (users.get(key) ?? new Set()).add(path));
  }
  return [...users]
    .filter(([, paths]) => new Set([...paths].map((path) => dirname(path))).size > 1)
    .map(([key, paths]) => `${key}: expected one directory that imports it, found ${[...paths].sort().join(", ")}`);
}

/** What a file imports; types count too, since they tie it to the library just as well. */
function specifiers(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
  const found = code.matchAll(/^\s*(?:import|export)\s(?:[^"';]*?\sfrom\s*)?"([^"]+)"|\bimport\(\s*"([^"]+)"/gm);
  return [...found].map(([, fromClause, dynamic]) => fromClause ?? dynamic ?? "");
}

function folderOf(path: string): string | undefined {
  return Object.values(folders)
    .filter((folder) => path.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)[0];
}

/** The folder of ours that an import reaches. */
function ownFolder(path: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return folderOf(relative(root, resolve(root, dirname(path), specifier)));
  return folders[packageOf(specifier)];
}

function libraryOf(specifier: string): string | undefined {
  if (specifier.startsWith(".") || specifier.startsWith("node:") || specifier.startsWith("@veche/")) return undefined;
  const name = packageOf(specifier);
  return builtinModules.includes(name) ? undefined : name;
}

function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Tests, measurements, and what only they use. */
function isTest(path: string): boolean {
  return /\.test\.tsx?$|\/(testing|bench)\//.test(path);
}
