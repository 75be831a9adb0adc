/** Pictures and sound that ffmpeg has made, as packets' payloads would hold them. */
import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { id, readHead } from "../matroska/ebml.ts";

const run = promisify(execFile);

/** For `test(name, { skip })`: why nothing can be made or read here, or false. */
export function withoutFfmpeg(): string | false {
  const isThere = spawnSync("ffmpeg", ["-version"], { stdio: "ignore" }).status === 0;
  return isThere ? false : "no ffmpeg here (Debian: apt-get install ffmpeg)";
}

export const clipSeconds = 4;
export const framesPerSecond = 25;

/** VP8 of one colour with something that moves, 320 by 180; the first frame is a key frame. */
export function makePicture(color: string): Promise<Buffer[]> {
  const source = `color=${color}:s=320x180:r=${framesPerSecond},drawbox=x=mod(t*40\\,300):y=150:w=20:h=20:color=white:t=fill`;
  return make(["-f", "lavfi", "-i", source, "-c:v", "libvpx", "-g", "25", "-b:v", "300k", "-deadline", "realtime"]);
}

/** Opus of one tone, 20 ms each. */
export function makeSound(hz: number): Promise<Buffer[]> {
  return make(["-f", "lavfi", "-i", `sine=frequency=${hz}:sample_rate=48000`, "-ac", "2", "-c:a", "libopus"]);
}

async function make(args: readonly string[]): Promise<Buffer[]> {
  const all = ["-v", "error", "-nostdin", ...args, "-t", String(clipSeconds), "-f", "webm", "-"];
  const { stdout } = await run("ffmpeg", all, { encoding: "buffer", maxBuffer: 2 ** 26 });
  return blocksOf(stdout);
}

const containers: readonly number[] = [id.segment, id.cluster];
const blockGroup = 0xa0;
const block = 0xa1;

/** Contents of all blocks of a file with one track. */
function blocksOf(file: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const head = readHead(file, at);
    if (!head) break;
    const isInside = containers.includes(head.id) || head.id === blockGroup;
    if (head.id === id.simpleBlock || head.id === block)
      blocks.push(file.subarray(head.start + 4, head.start + (head.length ?? 0)));
    at = isInside ? head.start : head.start + (head.length ?? 0);
  }
  return blocks;
}

/** What ffprobe says of a file. */
export async function probe(path: string) {
  const { stdout } = await run("ffprobe", ["-v", "error", "-show_format", "-show_streams", "-of", "json", path]);
  const { format, streams } = JSON.parse(stdout) as {
    readonly format: { readonly duration: string };
    readonly streams: readonly { readonly codec_name: string; readonly width?: number; readonly height?: number }[];
  };
  const [stream] = streams;
  return { seconds: Number(format.duration), codec: stream?.codec_name, width: stream?.width, height: stream?.height };
}

/** Complaints of a decoder that reads all of a file, and how many pictures or samples it finds. */
export async function decode(path: string) {
  const args = ["-v", "error", "-nostdin", "-i", path, "-f", "framecrc", "-fps_mode", "passthrough", "-"];
  const { stdout, stderr } = await run("ffmpeg", args, { maxBuffer: 2 ** 26 });
  const frames = stdout.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return { complaints: stderr.trim(), frames: frames.length };
}

/** Colour in the middle, from 0 to 255. */
export async function colorOf(path: string, second = 1): Promise<readonly number[]> {
  const filter = "scale=16:9:flags=area,crop=1:1:8:3,format=rgb24";
  const args = ["-v", "error", "-nostdin", "-ss", String(second), "-i", path, "-frames:v", "1", "-vf", filter];
  const { stdout } = await run("ffmpeg", [...args, "-f", "rawvideo", "-"], { encoding: "buffer" });
  return [...stdout];
}

/** How often it passes through zero upwards in a second: the pitch of a single tone. */
export async function pitchOf(path: string, second = 1): Promise<number> {
  const args = ["-v", "error", "-nostdin", "-ss", String(second), "-t", "1", "-i", path, "-ac", "1", "-ar", "16000"];
  const { stdout } = await run("ffmpeg", [...args, "-f", "s16le", "-"], { encoding: "buffer" });
  let passes = 0;
  let isUp = false;
  for (let at = 0; at + 2 <= stdout.length; at += 2) {
    const sample = stdout.readInt16LE(at);
    if (sample > 300 && !isUp) passes += 1;
    if (sample > 300) isUp = true;
    else if (sample < -300) isUp = false;
  }
  return passes / (stdout.length / 32_000);
}

/** Of a tone, in dB of full scale, in half a second from there (Goertzel's algorithm). */
export async function levelOf(path: string, hz: number, second: number): Promise<number> {
  const args = ["-v", "error", "-nostdin", "-i", path, "-ss", String(second), "-t", "0.5", "-ac", "1", "-ar", "16000"];
  const { stdout } = await run("ffmpeg", [...args, "-f", "s16le", "-"], { encoding: "buffer" });
  const factor = 2 * Math.cos((2 * Math.PI * hz) / 16_000);
  let [before, last] = [0, 0];
  for (let at = 0; at + 2 <= stdout.length; at += 2)
    [before, last] = [last, stdout.readInt16LE(at) / 32_768 + factor * last - before];
  const power = before * before + last * last - factor * before * last;
  return 10 * Math.log10((4 * power) / (stdout.length / 2) ** 2 + 1e-12);
}
