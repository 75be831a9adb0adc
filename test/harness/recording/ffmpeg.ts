/** ffmpeg and ffprobe of this machine, for reading what a recorder has made. */
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);
const longestMs = 120_000;
const mostBytes = 2 ** 29;

/** For `test(name, { skip })`: why nothing can be recorded or read here, or false. */
export function withoutFfmpeg(): string | false {
  const isThere = spawnSync("ffmpeg", ["-version"], { stdio: "ignore" }).status === 0;
  return isThere ? false : "no ffmpeg here (Debian: apt-get install ffmpeg)";
}

/** The same for Debian's nginx with its RTMP module. */
export function withoutRtmpServer(): string | false {
  const module = "/usr/lib/nginx/modules/ngx_rtmp_module.so";
  return existsSync(module) ? false : "no RTMP server here (Debian: apt-get install libnginx-mod-rtmp)";
}

/** What it writes to its output. */
export async function ffmpeg(args: readonly string[]): Promise<Buffer> {
  const options = { encoding: "buffer", maxBuffer: mostBytes, timeout: longestMs } as const;
  const { stdout } = await run("ffmpeg", ["-v", "error", "-nostdin", "-y", ...args], options);
  return stdout;
}

/** What it complains of while it reads all of a file. */
export async function complaintsOf(path: string): Promise<string> {
  const options = { maxBuffer: mostBytes, timeout: longestMs };
  const { stderr } = await run("ffmpeg", ["-v", "error", "-nostdin", "-i", path, "-f", "null", "-"], options);
  return stderr.trim();
}

export async function ffprobe(args: readonly string[]): Promise<string> {
  const { stdout } = await run("ffprobe", ["-v", "error", ...args], { maxBuffer: mostBytes, timeout: longestMs });
  return stdout;
}
