/** libopus as WebAssembly beside the native one of ffmpeg: the same sound, the same settings, one after the other. */
import { spawnSync } from "node:child_process";
import { OpusCodecs, type OpusRate } from "@veche/sip-gateway/sound/codecs/opus.ts";
import { round } from "../figures.ts";
import { findProgram } from "../process.ts";
import { speech } from "./speech.ts";

const seconds = 60;
const complexity = "4";
const bitrates: Readonly<Record<OpusRate, string>> = { 8000: "16k", 16000: "24k", 48000: "32k" };

export type Native = {
  readonly rateHz: number;
  /** Of a core, for one stream in real time. */
  readonly hereEncodePercent: number;
  readonly hereDecodePercent: number;
  readonly ffmpegEncodePercent: number;
  readonly ratio: number;
};

/** What is not installed is named. */
export async function compareWithNative(say: (text: string) => void): Promise<readonly Native[]> {
  if (!findProgram("ffmpeg")) {
    say("  ffmpeg is not installed: left out (apt-get install ffmpeg)");
    return [];
  }
  const all: Native[] = [];
  for (const rateHz of [8_000, 16_000, 48_000] as const) {
    const sound = speech(seconds * rateHz, rateHz);
    const here = await ours(sound, rateHz);
    const theirs = ffmpegSeconds(sound, rateHz);
    const percent = (spent: number): number => round((spent / seconds) * 100);
    all.push({
      rateHz,
      hereEncodePercent: percent(here.encode),
      hereDecodePercent: percent(here.decode),
      ffmpegEncodePercent: percent(theirs),
      ratio: round(here.encode / theirs),
    });
  }
  return all;
}

async function ours(sound: Float32Array, rateHz: OpusRate) {
  const codecs = new OpusCodecs();
  const [encoder, decoder] = await Promise.all([codecs.encoder(rateHz), codecs.decoder(rateHz)]);
  const frame = rateHz / 50;
  // Until the code is compiled as well as it will be.
  for (let at = 0; at < 100; at += 1) decoder.decode(encoder.encode(sound.subarray(at * frame, (at + 1) * frame)));
  const packets: Uint8Array[] = [];
  const encode = spent(() => {
    for (let at = 0; at < sound.length; at += frame) packets.push(encoder.encode(sound.subarray(at, at + frame)));
  });
  const decode = spent(() => {
    for (const packet of packets) decoder.decode(packet);
  });
  return { encode, decode };
}

function spent(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return process.cpuUsage(before).user / 1e6;
}

/** As ffmpeg itself counts it, less what reading and writing the sound as it is costs it. */
function ffmpegSeconds(sound: Float32Array, rateHz: OpusRate): number {
  const input = Buffer.from(sound.buffer);
  const read = ["-benchmark", "-f", "f32le", "-ar", String(rateHz), "-ac", "1", "-i", "-", "-threads", "1"];
  const opus = ["-c:a", "libopus", "-application", "voip", "-frame_duration", "20", "-b:a", bitrates[rateHz]];
  const time = (codec: readonly string[]): number => {
    const args = ["-hide_banner", ...read, ...codec, "-f", "null", "-"];
    const { stderr } = spawnSync("ffmpeg", args, { input, encoding: "utf8", maxBuffer: 64_000_000 });
    return Number(/utime=([\d.]+)s/.exec(stderr)?.[1]);
  };
  return time([...opus, "-compression_level", complexity]) - time(["-c:a", "pcm_f32le"]);
}
