/** ffmpeg and ffprobe, run to their end. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { bound } from "../edge/children.ts";

export type ProgramOptions = {
  /** Fed to its standard input. */
  readonly input?: AsyncIterable<Buffer>;
  readonly signal?: AbortSignal;
};

const maxOutputBytes = 4 * 2 ** 20;
const maxComplaint = 2_000;

/** What the program said; rejects with the end of what it complained of. It yields to everything that captures. */
export async function runProgram(file: string, args: readonly string[], options: ProgramOptions = {}): Promise<string> {
  const command = bound(file, args, { isLater: true });
  const child = spawn(command.file, command.args, { stdio: ["pipe", "pipe", "pipe"], signal: options.signal });
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? signal ?? -1));
  });
  let said = "";
  let complaint = "";
  child.stdout.on("data", (data: Buffer) => {
    if (said.length < maxOutputBytes) said += data.toString();
  });
  child.stderr.on("data", (data: Buffer) => {
    complaint = (complaint + data.toString()).slice(-maxComplaint);
  });
  const fed = feed(child.stdin, options.input).catch((error: unknown) => {
    child.kill("SIGKILL");
    return error;
  });
  const code = await ended;
  const feedError = await fed;
  if (feedError !== undefined && !isClosedPipe(feedError)) throw feedError;
  if (code === 0) return said;
  throw new Error(`${basename(file)} ended with ${code}: ${complaint.trim() || "it said nothing"}`);
}

async function feed(stdin: NodeJS.WritableStream, input: AsyncIterable<Buffer> | undefined): Promise<undefined> {
  if (input) await pipeline(Readable.from(input, { objectMode: false, highWaterMark: 2 ** 20 }), stdin);
  else stdin.end();
  return undefined;
}

/** It ended before it had read everything: its exit code says why. */
function isClosedPipe(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "EPIPE" || code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE";
}

/** ffprobe lies beside ffmpeg. */
function ffprobeBeside(ffmpegPath: string): string {
  return ffmpegPath.includes("/") ? join(dirname(ffmpegPath), "ffprobe") : "ffprobe";
}

/** Of a media file: read from its start to its end, so that it is known to be readable. */
export async function measure(path: string, ffmpegPath: string, signal?: AbortSignal): Promise<Measures> {
  const args = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", `file:${path}`];
  const durationSeconds = Number((await runProgram(ffprobeBeside(ffmpegPath), args, { signal })).trim());
  if (!Number.isFinite(durationSeconds)) throw new Error("ffprobe knows no duration of it");
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20, signal })) {
    hash.update(chunk as Buffer);
    sizeBytes += (chunk as Buffer).length;
  }
  return { sizeBytes, durationSeconds, sha256: hash.digest("hex") };
}

type Measures = { readonly sizeBytes: number; readonly durationSeconds: number; readonly sha256: string };
