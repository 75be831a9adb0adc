import { readFile } from "node:fs/promises";
import { join } from "node:path";

const maxDepth = 4;

export type PageParts = {
  readonly root: string;
  /** What is made here rather than read from the folder: config.js and its like. */
  readonly scripts: ReadonlyMap<string, string>;
};

/**
 * The page of every room, or another one by its path, which has passed domain/route.ts. COMPAT: the pages of Jitsi's own
 * web app are put together by the server: `include virtual` and `echo var` are the two directives they use.
 */
export async function readAppPage(parts: PageParts, path = "index.html"): Promise<string | undefined> {
  const page = await readOrNot(join(parts.root, path));
  return page === undefined ? undefined : expand(page, parts, 0);
}

async function expand(text: string, parts: PageParts, depth: number): Promise<string> {
  if (!text.includes("<!--#")) return text;
  const directive = /<!--#\s*(include\s+virtual|echo\s+var)="([^"]*)"[^>]*?-->/g;
  let expanded = "";
  let from = 0;
  for (const found of text.matchAll(directive)) {
    expanded += text.slice(from, found.index);
    from = found.index + found[0].length;
    // The variables (subdomain, subdir) concern tenants' assets, which are the same for all.
    if (found[1]?.startsWith("include")) expanded += await include(found[2] ?? "", parts, depth);
  }
  return expanded + text.slice(from);
}

async function include(virtual: string, parts: PageParts, depth: number): Promise<string> {
  const name = virtual.replace(/^\//, "");
  const made = parts.scripts.get(name);
  if (made !== undefined) return made;
  if (depth >= maxDepth || !/^(?:[a-z0-9_-]+\/)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/i.test(name)) return "";
  return expand((await readOrNot(join(parts.root, name))) ?? "", parts, depth + 1);
}

async function readOrNot(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}
