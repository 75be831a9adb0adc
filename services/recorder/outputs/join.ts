import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "@veche/kit/log.ts";
import { SessionError, type StoredFile } from "../session/contract.ts";
import { diskError, flush, isThere } from "./disk.ts";
import { type Gap, type Joins, readChosenName, readJoins, writeChosenName, writeJoins } from "./join-notes.ts";
import { measure, runProgram } from "./programs.ts";
import { type Run, RunsReader, runsIn } from "./runs.ts";
import { namesIn, partsFolder } from "./segment-names.ts";

export type JoinOptions = {
  /** The recording's folder. */
  readonly directory: string;
  /** What the file is to be called, without suffix. */
  readonly name: string;
  readonly ffmpegPath: string;
  readonly log: Log;
  readonly signal?: AbortSignal;
};

export type Joined = { readonly files: readonly StoredFile[]; readonly gaps: readonly Gap[] };

/** What a join has begun with: a name of its own, so that a recording that goes on meanwhile is not mistaken for it. */
const joiningFolder = "parts.joining";
const outputName = "joined.mp4";
const maxNameBytes = 200;

/**
 * Makes one MP4 of all attempts' segments, without encoding anew, and removes the segments once it is safe on disk. Cut
 * off anywhere and done again, it comes to the same. No files where nothing was captured. Where a file of that name is
 * complete already and more was captured since, it stays as it is and the rest goes to "<name>-2.mp4".
 *
 * Rejects with SessionError: `no-disk` where there is no room, in which case all segments are still there; otherwise
 * `internal`. Rejects with the signal's reason once it is aborted.
 */
export async function joinParts(options: JoinOptions): Promise<Joined> {
  const { directory, signal } = options;
  try {
    checkName(options.name);
    await takeParts(directory);
    await finish(options);
    const joins = await readJoins(directory);
    const files: StoredFile[] = [];
    for (const name of Object.keys(joins)) {
      if (await isThere(join(directory, name))) {
        files.push({ name, type: "video/mp4", ...(await measure(join(directory, name), options.ffmpegPath, signal)) });
      }
    }
    return { files, gaps: Object.values(joins).flatMap((entry) => entry.gaps) };
  } catch (error) {
    signal?.throwIfAborted();
    throw joinError(error);
  }
}

/** Leaves `parts` to the join; attempts that were captured after one was cut off are added to what it had. */
async function takeParts(directory: string): Promise<void> {
  const parts = join(directory, partsFolder);
  const joining = join(directory, joiningFolder);
  const name = await readChosenName(joining);
  if (name !== undefined && (await isThere(join(directory, name)))) await rm(joining, { recursive: true, force: true });
  const attempts = await namesIn(parts);
  if (attempts.length === 0) return;
  await mkdir(joining, { recursive: true });
  for (const attempt of attempts) await rename(join(parts, attempt), join(joining, attempt));
  await flush(joining);
  await rm(parts, { recursive: true, force: true });
  await flush(directory);
}

async function finish(options: JoinOptions): Promise<void> {
  const { directory, log } = options;
  const joining = join(directory, joiningFolder);
  const runs = await runsIn(joining);
  if (runs.length > 0) {
    const name = (await readChosenName(joining)) ?? (await freeName(directory, options.name));
    await writeChosenName(joining, name);
    const gaps = await makeFile(runs, join(joining, outputName), options);
    if (gaps) await publish(directory, name, gaps);
    else log.warn({ directory }, "segments hold no picture, and are removed");
  }
  await rm(joining, { recursive: true, force: true });
}

/** Undefined where the segments hold no picture. */
async function makeFile(runs: readonly Run[], path: string, options: JoinOptions): Promise<Gap[] | undefined> {
  const reader = new RunsReader(runs);
  try {
    await mux(reader, path, options, []);
  } catch (error) {
    if (isDiskFull(error) || options.signal?.aborted || reader.hasSound) throw error;
    if (!reader.hasMedia) return undefined;
    await mux(reader, path, options, ["-an"]);
  }
  await flush(path);
  return reader.gaps;
}

async function mux(reader: RunsReader, path: string, options: JoinOptions, more: readonly string[]): Promise<void> {
  const input = ["-f", "mpegts", "-i", "pipe:0", "-map", "0:v:0", "-map", "0:a:0?", ...more];
  const output = ["-c", "copy", "-movflags", "+faststart", "-fflags", "+bitexact", "-f", "mp4", "-y", `file:${path}`];
  const args = ["-hide_banner", "-loglevel", "error", ...input, ...output];
  await runProgram(options.ffmpegPath, args, { input: reader.read(), signal: options.signal });
}

/** The file is complete and flushed: gives it its name, and notes what is missing in it first. */
async function publish(directory: string, name: string, gaps: readonly Gap[]): Promise<void> {
  const joins: Joins = { ...(await readJoins(directory)), [name]: { gaps } };
  await writeJoins(directory, joins);
  await rename(join(directory, joiningFolder, outputName), join(directory, name));
  await flush(directory);
}

async function freeName(directory: string, base: string): Promise<string> {
  for (let n = 1; ; n++) {
    const name = n === 1 ? `${base}.mp4` : `${base}-${n}.mp4`;
    if (!(await isThere(join(directory, name)))) return name;
  }
}

function checkName(name: string): void {
  const isPlain = name !== "" && !name.startsWith(".") && !/[/\\\p{Cc}]/u.test(name);
  if (!isPlain || Buffer.byteLength(name) > maxNameBytes) {
    throw new SessionError("internal", `A recording can't be called ${JSON.stringify(name.slice(0, maxNameBytes))}.`);
  }
}

function isDiskFull(error: unknown): boolean {
  return (
    error instanceof Error && (/No space left|Disk quota/i.test(error.message) || diskError(error).code === "no-disk")
  );
}

function joinError(error: unknown): SessionError {
  if (error instanceof SessionError) return error;
  if (isDiskFull(error))
    return new SessionError("no-disk", "There is no room to finish the recording.", { cause: error });
  return new SessionError("internal", "The parts of the recording could not be joined.", { cause: error });
}
