/** What is in a file, and whether something is missing in between. */
import { ffprobe } from "./ffmpeg.ts";

type Track = { readonly codec: string; readonly startSeconds: number; readonly durationSeconds: number };

export type Media = {
  /** "mov,mp4,m4a,3gp,3g2,mj2". */
  readonly format: string;
  readonly durationSeconds: number;
  readonly video?: Track & { readonly width: number; readonly height: number; readonly framesPerSecond: number };
  readonly audio?: Track & { readonly sampleRate: number; readonly channels: number };
};

type ProbedStream = Readonly<Record<string, unknown>> & { readonly codec_type: string };

export async function probe(path: string): Promise<Media> {
  const text = await ffprobe(["-show_format", "-show_streams", "-of", "json", path]);
  const { format, streams } = JSON.parse(text) as {
    readonly format: Readonly<Record<string, unknown>>;
    readonly streams: readonly ProbedStream[];
  };
  const video = streams.find(({ codec_type }) => codec_type === "video");
  const audio = streams.find(({ codec_type }) => codec_type === "audio");
  return {
    format: String(format.format_name),
    durationSeconds: Number(format.duration),
    ...(video && {
      video: {
        ...trackOf(video),
        width: Number(video.width),
        height: Number(video.height),
        framesPerSecond: readRatio(String(video.avg_frame_rate)),
      },
    }),
    ...(audio && {
      audio: { ...trackOf(audio), sampleRate: Number(audio.sample_rate), channels: Number(audio.channels) },
    }),
  };
}

function trackOf({ codec_name, start_time, duration }: ProbedStream): Track {
  return { codec: String(codec_name), startSeconds: Number(start_time), durationSeconds: Number(duration) };
}

/** "25/1" */
function readRatio(text: string): number {
  const [above, below = 1] = text.split("/").map(Number);
  return (above ?? Number.NaN) / below;
}

/** The longest time from one picture, or piece of sound, to the next, in seconds. */
export async function longestGap(path: string, kind: "video" | "audio"): Promise<number> {
  const select = ["-select_streams", kind === "video" ? "v:0" : "a:0"];
  const text = await ffprobe([...select, "-show_entries", "packet=pts_time", "-of", "csv=p=0", path]);
  const times = text
    .split("\n")
    .map((line) => Number.parseFloat(line))
    .filter(Number.isFinite)
    .sort((one, other) => one - other);
  return times.reduce((longest, time, index) => Math.max(longest, time - (times[index - 1] ?? time)), 0);
}
