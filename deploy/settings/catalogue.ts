/** All settings: of the schemas of the roles, of what reads outside them, and what docker-jitsi-meet knows beyond. */
import { globSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type Schema, shownDefault } from "@veche/kit/config.ts";
import { ignoredByPage } from "./ignored-page.ts";
import { ignoredBesideRefused, ignoredByServers, refusedByServers } from "./ignored-servers.ts";
import type { Catalogue, Honoured, IgnoredGroup } from "./known.ts";
import { outsideSettings } from "./outside.ts";

const root = resolve(import.meta.dirname, "../..");

export async function readCatalogue(): Promise<Catalogue> {
  const schemas = await readSchemas();
  const honoured = [...ofSchemas(schemas), ...outside()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const otherNames = new Map(
    schemas.flatMap(({ schema }) =>
      Object.entries(schema).flatMap(([name, { otherNames }]) => otherNames.map((other) => [other, name] as const)),
    ),
  );
  const isRead = (name: string) => otherNames.has(name) || honoured.some((each) => each.name === name);
  return {
    honoured,
    otherNames,
    // A setting that a role has learned to read needs no reason any more.
    ignored: new Map(
      [...byName([...ignoredByPage, ...ignoredByServers, ...ignoredBesideRefused])].filter(([name]) => !isRead(name)),
    ),
    refused: new Map([...byName(refusedByServers)].filter(([name]) => !isRead(name))),
  };
}

/** Of each name that is read, all spellings: with `_FILE`, and other names. */
export function honouredNames({ honoured, otherNames }: Catalogue): readonly string[] {
  const names = honoured.flatMap(({ name, hasFile }) => (hasFile ? [name, `${name}_FILE`] : [name]));
  return [...new Set([...names, ...otherNames.keys()])].sort();
}

type RoleSchema = { readonly role: string; readonly schema: Schema };

function readSchemas(): Promise<RoleSchema[]> {
  const paths = globSync("services/*/config.ts", { cwd: root }).sort();
  return Promise.all(
    paths
      .filter((path) => path !== join("services", "kit", "config.ts"))
      .map(async (path) => {
        const { schema } = (await import(join(root, path))) as { schema: Schema };
        return { role: basename(dirname(path)), schema };
      }),
  );
}

/** A setting that several roles describe in the same words is one row. */
function ofSchemas(schemas: readonly RoleSchema[]): Honoured[] {
  const rows = new Map<string, Honoured>();
  for (const { role, schema } of schemas) {
    for (const [name, setting] of Object.entries(schema)) {
      const { kind, sentence, isSecret } = setting;
      const key = [name, kind, setting.defaultText, sentence].join("\n");
      const readers = [...(rows.get(key)?.readers ?? []), role];
      rows.set(key, { name, readers, kind, default: shownDefault(setting), sentence, hasFile: isSecret });
    }
  }
  return [...rows.values()];
}

function outside(): Honoured[] {
  return outsideSettings.map(({ name, where, kind, default: byDefault, sentence }) => {
    const shown = byDefault.startsWith("(") ? byDefault : `\`${byDefault}\``;
    return { name, readers: [where], kind, default: shown, sentence, hasFile: false };
  });
}

function byName(groups: readonly IgnoredGroup[]): ReadonlyMap<string, string> {
  return new Map(groups.flatMap(({ why, names }) => names.map((name) => [name, why] as const)));
}
