import { honouredNames } from "./catalogue.ts";
import { jitsiNames } from "./jitsi-names.ts";
import type { Catalogue } from "./known.ts";

/** Each name that docker-jitsi-meet knows, once. */
export const allJitsiNames: readonly string[] = [...new Set(Object.values(jitsiNames).flat())].sort();

export type Standing = "honoured" | "ignored" | "refused";

/** What becomes of a name; undefined where nobody knows it. */
export function standingOf(name: string, catalogue: Catalogue): Standing | undefined {
  if (catalogue.ignored.has(name)) return "ignored";
  if (catalogue.refused.has(name)) return "refused";
  return honouredNames(catalogue).includes(name) ? "honoured" : undefined;
}

/** services/kit/settings/gen/known.ts: what the roles and the one-shot commands compare names with. */
export function renderKnown(catalogue: Catalogue): string {
  const known = {
    honoured: honouredNames(catalogue),
    ignored: sorted(catalogue.ignored),
    refused: sorted(catalogue.refused),
  };
  return [
    "// Generated from deploy/settings and the schemas of the roles: npm run gen.",
    'import type { KnownSettings } from "../names.ts";',
    "",
    `export const knownSettings: KnownSettings = ${JSON.stringify(known, undefined, 2)};`,
    "",
  ].join("\n");
}

/** deploy/SETTINGS.md: what is read, in one table. */
export function honouredTable({ honoured }: Catalogue): string {
  const rows = honoured.map(({ name, readers, kind, default: byDefault, sentence, hasFile }) => {
    const names = hasFile ? `\`${name}\`, \`${name}_FILE\`` : `\`${name}\``;
    return [names, readers.join(", "), kind, byDefault, sentence];
  });
  return table(["name", "read by", "type", "default", ""], rows);
}

/** What becomes of each of these names. */
export function namesTable(names: readonly string[], catalogue: Catalogue): string {
  const rows = names.map((name) => {
    const meant = catalogue.otherNames.get(name);
    const remark = meant === undefined ? "" : `read where \`${meant}\` is not set`;
    const why = catalogue.ignored.get(name) ?? catalogue.refused.get(name) ?? remark;
    return [`\`${name}\``, standingOf(name, catalogue) ?? "unknown", why];
  });
  return table(["name", "", ""], rows);
}

/** "480 names: 200 honoured, …". */
export function jitsiCounts(catalogue: Catalogue): string {
  const standings = allJitsiNames.map((name) => standingOf(name, catalogue));
  const count = (standing: Standing) => standings.filter((each) => each === standing).length;
  return `${allJitsiNames.length} names: ${count("honoured")} honoured, ${count("ignored")} known and ignored, ${count("refused")} refused unless off.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}

function sorted(map: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
