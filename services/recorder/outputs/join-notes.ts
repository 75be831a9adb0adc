/** What a join writes down, so that it can be done again after it was cut off. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "./disk.ts";

/** Where something is missing: in seconds of the file, and how many. */
export type Gap = { readonly atSeconds: number; readonly missingSeconds: number };

/** By name of the file. */
export type Joins = Readonly<Record<string, { readonly gaps: readonly Gap[] }>>;

const joinsFile = ".joined.json";
const chosenFile = "name";

/** Of the files that are complete, or are named next. */
export async function readJoins(directory: string): Promise<Joins> {
  const text = await readIfThere(join(directory, joinsFile));
  return text === undefined ? {} : (JSON.parse(text) as Joins);
}

export function writeJoins(directory: string, joins: Joins): Promise<void> {
  return replaceFile(join(directory, joinsFile), JSON.stringify(joins));
}

/** The name that a join has chosen for its file; once a file has it, that join is done. */
export function readChosenName(joining: string): Promise<string | undefined> {
  return readIfThere(join(joining, chosenFile));
}

export function writeChosenName(joining: string, name: string): Promise<void> {
  return replaceFile(join(joining, chosenFile), name);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
