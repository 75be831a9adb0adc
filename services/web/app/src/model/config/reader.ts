import { isRecord } from "../../protocol/json.ts";
import type { Overrides } from "../url.ts";
import { mayOverride } from "./allow-list.ts";

type Kind = "config" | "interfaceConfig";

/** Nobody needs more of them, and a link could hold thousands. */
const MAX_LIST = 100;

/**
 * Values of `config.js` by their paths, as far as a link or an embedding page says nothing else and may. A value of the
 * wrong kind counts as none.
 */
export class ConfigReader {
  readonly #file: unknown;
  readonly #over: ReadonlyMap<string, unknown>;

  /** `overrides` by `config.prejoinConfig.enabled` or, with an object, by `config.prejoinConfig`. */
  constructor(file: unknown, overrides: Overrides) {
    this.#file = file;
    this.#over = new Map([...overrides].flatMap(([name, value]) => allowedLeaves(name, value)));
  }

  value(path: string, kind: Kind = "config"): unknown {
    const over = this.#over.get(`${kind}.${path}`);
    if (over !== undefined) return over;
    return kind === "config" ? valueAt(this.#file, path) : undefined;
  }

  text(path: string, kind: Kind = "config"): string | undefined {
    const found = this.value(path, kind);
    return typeof found === "string" && found !== "" ? found : undefined;
  }

  flag(path: string, fallback = false, kind: Kind = "config"): boolean {
    return this.saidFlag(path, kind) ?? fallback;
  }

  saidFlag(path: string, kind: Kind = "config"): boolean | undefined {
    const found = this.value(path, kind);
    return typeof found === "boolean" ? found : found === "true" ? true : found === "false" ? false : undefined;
  }

  number(path: string, fallback: number): number {
    const found = this.value(path);
    if (typeof found !== "number" && (typeof found !== "string" || found.trim() === "")) return fallback;
    const number = Number(found);
    return Number.isFinite(number) ? number : fallback;
  }

  list(path: string, kind: Kind = "config"): readonly unknown[] | undefined {
    const found = this.value(path, kind);
    return Array.isArray(found) ? found.slice(0, MAX_LIST) : undefined;
  }

  names(path: string, kind: Kind = "config"): ReadonlySet<string> | undefined {
    const list = this.list(path, kind);
    return list && new Set(list.filter((each) => typeof each === "string"));
  }
}

/** An object says something of each key below it; a list is one value. */
function allowedLeaves(name: string, value: unknown): [string, unknown][] {
  const dot = name.indexOf(".");
  const kind = name.slice(0, dot);
  if (kind !== "config" && kind !== "interfaceConfig") return [];
  return leaves(name.slice(dot + 1), value)
    .filter(([path]) => mayOverride(kind, path))
    .map(([path, leaf]) => [`${kind}.${path}`, leaf]);
}

const MAX_DEPTH = 5;

function leaves(path: string, value: unknown, depth = 0): [string, unknown][] {
  if (!isRecord(value) || depth >= MAX_DEPTH) return [[path, value]];
  return Object.entries(value).flatMap(([key, below]) => leaves(`${path}.${key}`, below, depth + 1));
}

function valueAt(file: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((at, key) => (isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined), file);
}
