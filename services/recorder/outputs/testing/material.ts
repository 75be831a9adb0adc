/** Transport streams to test with: a white picture and a beep for a tenth of each second, else black and silent. */
import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** For `skip`: why tests with ffmpeg can't run here. */
export const withoutFfmpeg: string | false =
  spawnSync("ffmpeg", ["-version"]).status === 0 && spawnSync("ffprobe", ["-version"]).status === 0
    ? false
    : "ffmpeg is not installed";

export type Material = {
  readonly seconds: number;
  readonly size?: string;
  readonly sampleRate?: number;
  readonly channels?: number;
  readonly preset?: string;
  /** In place of the flashes: as many bytes as there can be. */
  readonly isNoise?: boolean;
  /** Where its timestamps begin. */
  readonly offsetSeconds?: number;
};

export function materialArgs(material: Material): string[] {
  const {
    seconds,
    size = "160x90",
    sampleRate = 48_000,
    channels = 2,
    preset = "veryfast",
    offsetSeconds = 0,
  } = material;
  const flashes = `color=c=black:s=${size}:r=25,drawbox=color=white:t=fill:enable='lt(mod(t,1),0.1)'`;
  const picture = material.isNoise ? `testsrc2=s=${size}:r=25,noise=alls=60:allf=t` : flashes;
  const sound = `aevalsrc='if(lt(mod(t,1),0.1),0.5*sin(2*PI*1000*t),0)':s=${sampleRate}`;
  return [
    ...["-hide_banner", "-loglevel", "error", "-nostdin"],
    ...["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-t", String(seconds)],
    ...[
      "-c:v",
      "libx264",
      "-preset",
      preset,
      "-pix_fmt",
      "yuv420p",
      "-g",
      "50",
      "-keyint_min",
      "50",
      "-sc_threshold",
      "0",
    ],
    ...["-c:a", "aac", "-ac", String(channels), "-output_ts_offset", String(offsetSeconds), "-f", "mpegts", "pipe:1"],
  ];
}

export async function transportStream(material: Material): Promise<Buffer> {
  const { stdout } = await run("ffmpeg", materialArgs(material), { encoding: "buffer", maxBuffer: 2 ** 28 });
  return stdout;
}

export type Probed = {
  readonly format: { readonly duration: string; readonly format_name: string };
  readonly streams: readonly {
    readonly codec_name: string;
    readonly codec_type: string;
    readonly nb_read_packets?: string;
    readonly start_time: string;
    readonly duration: string;
  }[];
};

export async function probe(input: string): Promise<Probed> {
  const args = ["-v", "error", "-show_format", "-show_streams", "-count_packets", "-of", "json", input];
  return JSON.parse((await run("ffprobe", args)).stdout) as Probed;
}

/** When flashes and beeps begin, in seconds; rejects where something can't be decoded. */
export async function signals(input: string): Promise<{ flashes: number[]; beeps: number[]; complaints: string }> {
  const filters = ["-vf", "negate,blackdetect=d=0.05:pix_th=0.3", "-af", "silencedetect=n=-30dB:d=0.2"];
  const { stderr } = await run("ffmpeg", ["-hide_banner", "-nostats", "-i", input, ...filters, "-f", "null", "-"], {
    maxBuffer: 2 ** 26,
  });
  const times = (pattern: RegExp) => [...stderr.matchAll(pattern)].map((match) => Number(match[1]));
  const complaints = stderr.split("\n").filter((line) => /error|corrupt|missing|non-existing|invalid/i.test(line));
  return {
    flashes: times(/black_start:([\d.]+)/g),
    beeps: times(/silence_end: ([\d.]+)/g),
    complaints: complaints.join("\n"),
  };
}

/** In pieces as a pipe would give them. */
export function* pieces(data: Buffer, size = 10_007): Generator<Buffer> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}
