import { createReadStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { runProgram } from "../outputs/programs.ts";

export type MixInput = {
  readonly path: string;
  /** Of the recording. */
  readonly startMs: number;
  readonly endMs: number;
};

export type MixOptions = { readonly ffmpegPath: string; readonly signal?: AbortSignal | undefined };

export const mixType = "audio/mp4";

/** ffmpeg keeps in memory what it fills up with silence: it is given so much at a time. */
const windowMs = 60_000;
const rate = 48_000;
const layout = ["-f", "s16le", "-ar", String(rate), "-ac", "2"];

/**
 * One sound of several, each where it belongs in time and silent where nothing was sent, as AAC in MP4 at `path`. Rejects
 * with what ffmpeg complained of, or the signal's reason.
 */
export async function mixSound(inputs: readonly MixInput[], path: string, options: MixOptions): Promise<void> {
  const { ffmpegPath, signal } = options;
  const endMs = Math.max(0, ...inputs.map((one) => one.endMs));
  const unfinished = `${path}.new`;
  const output = ["-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", "-f", "ipod", `file:${unfinished}`];
  const args = ["-v", "error", "-y", ...layout, "-i", "pipe:0", ...output];
  await runProgram(ffmpegPath, args, {
    input: readWindows(inputs, endMs, path, options),
    ...(signal ? { signal } : {}),
  });
  await rename(unfinished, path);
}

/** Samples of one window after the other. */
async function* readWindows(
  inputs: readonly MixInput[],
  endMs: number,
  path: string,
  { ffmpegPath, signal }: MixOptions,
): AsyncGenerator<Buffer> {
  const samples = `${path}.samples`;
  try {
    for (let fromMs = 0; fromMs < endMs; fromMs += windowMs) {
      const toMs = Math.min(endMs, fromMs + windowMs);
      const args = windowArgs(inputs, fromMs, toMs);
      await runProgram(ffmpegPath, [...args, ...layout, `file:${samples}`], signal ? { signal } : {});
      for await (const chunk of createReadStream(samples)) yield chunk as Buffer;
    }
  } finally {
    await rm(samples, { force: true });
  }
}

/** Silence of the window's length, and in it all that sounds then. */
function windowArgs(inputs: readonly MixInput[], fromMs: number, toMs: number): string[] {
  const sounding = inputs.filter(({ startMs, endMs }) => startMs < toMs && endMs > fromMs);
  const files = sounding.flatMap(({ path, startMs }) => {
    const skipped = Math.max(0, fromMs - startMs) / 1_000;
    const delay = Math.max(0, startMs - fromMs) / 1_000;
    return [
      "-ss",
      String(skipped),
      "-t",
      String((toMs - fromMs) / 1_000),
      "-itsoffset",
      String(delay),
      "-i",
      `file:${path}`,
    ];
  });
  const length = Math.round(((toMs - fromMs) * rate) / 1_000);
  const silence = `anullsrc=r=${rate}:cl=stereo,atrim=end_sample=${length}[silence]`;
  const placed = sounding.map(
    (_, index) =>
      `[${index}:a]aresample=${rate}:async=1:min_hard_comp=0.1:first_pts=0,aformat=channel_layouts=stereo[s${index}]`,
  );
  const all = `[silence]${sounding.map((_, index) => `[s${index}]`).join("")}`;
  const mixed = `${all}amix=inputs=${sounding.length + 1}:duration=first:dropout_transition=0:normalize=0`;
  // Several loud voices at once stay below the limit of the samples.
  const graph = [silence, ...placed, `${mixed},alimiter=limit=0.95:level=0[out]`].join(";");
  return ["-v", "error", "-nostdin", "-y", ...files, "-filter_complex", graph, "-map", "[out]"];
}
