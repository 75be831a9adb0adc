/** ffmpeg: makes the sound AAC and both a transport stream; the picture was encoded by the browser and goes through as it is. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { bound } from "../edge/children.ts";

/** Of what ffmpeg has not taken yet: more than half a minute of film. */
const maxWaitingBytes = 16 * 1024 * 1024;

export class Encoder implements AsyncDisposable {
  readonly media: Readable;
  /** Resolves with what is known of why. */
  readonly died: Promise<string>;
  readonly #child: ChildProcess;
  readonly #input: Writable;
  readonly #output: Socket;
  #isOpen = true;

  constructor(ffmpegPath: string) {
    const { file, args } = bound(ffmpegPath, encoderArguments());
    const child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    this.#input = child.stdin;
    this.media = child.stdout;
    // A pipe of a child process is a socket to Node.
    this.#output = child.stdout as Socket;
    let lastWords = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      lastWords = (lastWords + text).slice(-500);
    });
    child.stdin.on("error", () => {});
    const { promise, resolve } = Promise.withResolvers<string>();
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(`ffmpeg ended with ${signal ?? code}: ${lastWords.trim()}`));
    this.died = promise;
  }

  /** Read from it so far. */
  get writtenBytes(): number {
    return this.#output.bytesRead;
  }

  /** False where it is too slow: the film grows faster than ffmpeg takes it. */
  write(bytes: Buffer): boolean {
    if (this.#isOpen) this.#input.write(bytes);
    return this.#input.writableLength < maxWaitingBytes;
  }

  /** Waits two seconds at most for what is still in it to come out. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOpen = false;
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#input.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 2_000);
    await exited;
    clearTimeout(timer);
  }
}

export function encoderArguments(): string[] {
  const input = "-probesize 32 -analyzeduration 0 -f matroska -i pipe:0";
  const output = "-c:v copy -c:a aac -b:a 128k -ar 48000 -f mpegts -muxdelay 0 -muxpreload 0 -flush_packets 1 pipe:1";
  return `-hide_banner -loglevel error -nostats -nostdin ${input} ${output}`.split(" ");
}
