/** What is in a recorded film of a meeting page: pictures and sound by ffprobe, flashes and beeps by decoding. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { flash } from "./meeting-page.ts";

const run = promisify(execFile);

export type FilmFigures = {
  readonly codecs: readonly string[];
  readonly size: string;
  readonly frames: number;
  /** Between two pictures one after the other, at most. */
  readonly longestGapMs: number;
  readonly shortestGapMs: number;
  readonly keyGapsMs: readonly number[];
  /** Of each flash: how much later its beep is. */
  readonly soundLagsMs: readonly number[];
  readonly soundSeconds: number;
};

export async function measureFilm(path: string): Promise<FilmFigures> {
  const streams = JSON.parse(
    await probe(path, ["-show_entries", "stream=codec_name,width,height", "-of", "json"]),
  ).streams;
  const pictures = (await packetsOf(path, "v")).sort((one, other) => one.atMs - other.atMs);
  const sounds = await packetsOf(path, "a");
  const gaps = differences(pictures.map(({ atMs }) => atMs));
  const flashes = await flashesOf(
    path,
    pictures.map(({ atMs }) => atMs),
  );
  const beeps = await beepsOf(path, sounds[0]?.atMs ?? 0);
  const nearest = (at: number) =>
    beeps.reduce((best, each) => (Math.abs(each - at) < Math.abs(best - at) ? each : best), 1e9);
  return {
    codecs: streams.map(({ codec_name }: { codec_name: string }) => codec_name),
    size: `${streams[0]?.width}x${streams[0]?.height}`,
    frames: pictures.length,
    longestGapMs: Math.max(...gaps),
    shortestGapMs: Math.min(...gaps),
    keyGapsMs: differences(pictures.filter(({ isKey }) => isKey).map(({ atMs }) => atMs)),
    soundLagsMs: flashes.map((at) => Math.round(nearest(at) - at)),
    soundSeconds: ((sounds.at(-1)?.atMs ?? 0) - (sounds[0]?.atMs ?? 0)) / 1000,
  };
}

/** How many pictures in a row show the same, for a film that always moves: longest first is the longest freeze. */
export async function distinctFrames(path: string): Promise<number> {
  const { stderr } = await run("ffmpeg", [
    "-hide_banner",
    "-i",
    path,
    "-vf",
    "mpdecimate=hi=200:lo=100:frac=0.01",
    "-f",
    "null",
    "-",
  ]);
  return Number([...stderr.matchAll(/frame= *(\d+)/g)].at(-1)?.[1] ?? 0);
}

type Packet = { readonly atMs: number; readonly isKey: boolean };

async function packetsOf(path: string, stream: "v" | "a"): Promise<Packet[]> {
  const text = await probe(path, [
    "-select_streams",
    stream,
    "-show_entries",
    "packet=pts_time,flags",
    "-of",
    "compact=p=0",
  ]);
  return [...text.matchAll(/pts_time=([\d.]+)\|flags=(\S+)/g)].map(([, seconds, flags = ""]) => ({
    atMs: Number(seconds) * 1000,
    isKey: flags.includes("K"),
  }));
}

async function probe(path: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run("ffprobe", ["-v", "error", ...args, path], { maxBuffer: 1e9 });
  return stdout;
}

async function flashesOf(path: string, times: readonly number[]): Promise<number[]> {
  const corner = `crop=iw*${flash.widthShare / 2}:ih*${flash.heightShare / 2}:iw*${flash.widthShare / 4}:ih*${flash.heightShare / 4}`;
  const lights = await decode(path, [
    "-map",
    "0:v",
    "-vf",
    `${corner},scale=1:1:flags=area,format=gray`,
    "-vsync",
    "passthrough",
    "-f",
    "rawvideo",
  ]);
  return times.filter((_, at) => at > 0 && (lights[at] ?? 0) > 128 && (lights[at - 1] ?? 255) <= 128);
}

async function beepsOf(path: string, startMs: number): Promise<number[]> {
  const rate = 8_000;
  const samples = await decode(path, ["-map", "0:a", "-ac", "1", "-ar", String(rate), "-f", "s16le"]);
  const beeps: number[] = [];
  let quiet = rate;
  for (let at = 0; at < samples.length / 2; at++) {
    const isLoud = Math.abs(samples.readInt16LE(at * 2)) > 1_500;
    if (isLoud && quiet > rate / 4) beeps.push(startMs + (at * 1000) / rate);
    quiet = isLoud ? 0 : quiet + 1;
  }
  return beeps;
}

async function decode(path: string, args: readonly string[]): Promise<Buffer> {
  const { stdout } = await run("ffmpeg", ["-v", "error", "-i", path, ...args, "pipe:1"], {
    encoding: "buffer",
    maxBuffer: 1e9,
  });
  return stdout;
}

const differences = (times: readonly number[]): number[] =>
  times.slice(1).map((each, at) => Math.round(each - (times[at] ?? 0)));
