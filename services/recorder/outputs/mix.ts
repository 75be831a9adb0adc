import { mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SessionError } from "../session/contract.ts";
import { flush } from "./disk.ts";
import { runProgram } from "./programs.ts";

export type MixInput = {
  /** Any sound that ffmpeg reads: Ogg or Matroska with Opus. */
  readonly file: string;
  /** When it begins in the mix. */
  readonly startMs: number;
};

export type MixOptions = {
  readonly inputs: readonly MixInput[];
  /** Its suffix says what it becomes: ".ogg" Opus, ".m4a" AAC. */
  readonly output: string;
  readonly ffmpegPath: string;
  readonly signal?: AbortSignal;
};

/** Mixed at once: ffmpeg opens all inputs, and its graph of them is searched again and again. */
const batchSize = 24;

const codecs: Readonly<Record<string, readonly string[]>> = {
  ".ogg": ["-c:a", "libopus", "-b:a", "64k", "-f", "ogg"],
  ".m4a": ["-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", "-f", "mp4"],
};
/** Between batches nothing is lost or clipped: samples are floating point. */
const between = ["-c:a", "pcm_f32le", "-f", "matroska"];

/**
 * Mixes sounds that begin at different times into one file of 48 kHz. Voices keep their loudness, and a limiter keeps their
 * sum from clipping. The file is there once it is whole and flushed. Rejects with SessionError, `internal` also where no
 * input can be read.
 */
export async function mixSound(options: MixOptions): Promise<void> {
  const { inputs, output, signal } = options;
  const codec = codecs[output.slice(output.lastIndexOf("."))];
  if (!codec || inputs.length === 0) throw new SessionError("internal", "There is nothing to mix, or no such format.");
  const folder = await mkdtemp(join(dirname(output), ".mix-"));
  try {
    const whole = join(folder, "mixed");
    await mixTo(inputs, whole, codec, options, folder);
    await flush(whole);
    await rename(whole, output);
    await flush(dirname(output));
  } catch (error) {
    signal?.throwIfAborted();
    const isFull = error instanceof Error && /No space left|Disk quota|ENOSPC/.test(error.message);
    const text = isFull ? "There is no room to mix the sound." : "The sound could not be mixed.";
    throw new SessionError(isFull ? "no-disk" : "internal", text, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function mixTo(
  inputs: readonly MixInput[],
  path: string,
  codec: readonly string[],
  options: MixOptions,
  folder: string,
): Promise<void> {
  let level = inputs;
  for (let round = 0; level.length > batchSize; round++) {
    const next: MixInput[] = [];
    for (let at = 0; at < level.length; at += batchSize) {
      const file = join(folder, `${round}-${at}`);
      await mixBatch(level.slice(at, at + batchSize), file, between, "", options);
      next.push({ file, startMs: 0 });
    }
    level = next;
  }
  await mixBatch(level, path, codec, ",alimiter=limit=0.95:level=disabled", options);
}

async function mixBatch(
  inputs: readonly MixInput[],
  path: string,
  codec: readonly string[],
  filter: string,
  { ffmpegPath, signal }: MixOptions,
): Promise<void> {
  const files = inputs.flatMap(({ file }) => ["-i", `file:${file}`]);
  const delayed = inputs.map(({ startMs }, n) => {
    const delay = Math.max(0, Math.round(startMs));
    // Holes in a track stay holes: what was lost or muted is silence, so that what follows stays in its place.
    return `[${n}:a:0]aresample=48000:async=1:first_pts=0,aformat=sample_fmts=fltp:channel_layouts=stereo,adelay=${delay}:all=1[t${n}]`;
  });
  const labels = inputs.map((_, n) => `[t${n}]`).join("");
  const graph = `${delayed.join(";")};${labels}amix=inputs=${inputs.length}:normalize=0:dropout_transition=0:duration=longest${filter}[mix]`;
  const args = [...files, "-filter_complex", graph, "-map", "[mix]", ...codec, "-y", `file:${path}`];
  await runProgram(ffmpegPath, ["-hide_banner", "-loglevel", "error", "-nostdin", ...args], { signal });
}
