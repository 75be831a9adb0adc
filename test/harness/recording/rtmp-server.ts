/** A real RTMP server of the test's own, Debian's nginx, and somebody who watches what it is sent. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { eventually } from "../wait.ts";
import { ffmpeg } from "./ffmpeg.ts";

const endMs = 3_000;

export class RtmpServer implements AsyncDisposable {
  readonly port: number;
  readonly #directory: string;
  #program: ChildProcess | undefined;
  /** What it said. */
  said = "";

  private constructor(port: number, directory: string) {
    this.port = port;
    this.#directory = directory;
  }

  static async start(): Promise<RtmpServer> {
    const directory = await mkdtemp(join(tmpdir(), "veche-rtmp-"));
    const server = new RtmpServer(await freePort(), directory);
    await writeFile(join(directory, "nginx.conf"), configuration(server.port, directory));
    await server.start();
    return server;
  }

  url(key: string): string {
    return `rtmp://127.0.0.1:${this.port}/live/${key}`;
  }

  async start(): Promise<void> {
    const conf = join(this.#directory, "nginx.conf");
    const program = spawn("nginx", ["-p", this.#directory, "-c", conf, "-e", "stderr"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#program = program;
    for (const stream of [program.stdout, program.stderr])
      stream.on("data", (chunk: Buffer) => {
        this.said = (this.said + String(chunk)).slice(-20_000);
      });
    await eventually("nginx to listen", async () => ((await isOpen(this.port)) ? undefined : this.said));
  }

  /** As a network does that is gone: nobody is told goodbye. */
  async stop(): Promise<void> {
    const program = this.#program;
    this.#program = undefined;
    if (!program || program.exitCode !== null || program.signalCode !== null) return;
    const ended = once(program, "exit");
    program.kill("SIGTERM");
    const last = setTimeout(() => program.kill("SIGKILL"), endMs);
    await ended;
    clearTimeout(last);
  }

  /** Watches so many seconds of a stream into a file. Rejects where nothing comes. */
  async watch(key: string, seconds: number, path: string): Promise<void> {
    const input = ["-rw_timeout", "15000000", "-i", this.url(key)];
    await ffmpeg([...input, "-t", String(seconds), "-c", "copy", path]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function configuration(port: number, directory: string): string {
  return `
    load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
    daemon off;
    master_process off;
    pid ${directory}/nginx.pid;
    error_log stderr notice;
    events {}
    rtmp {
      server {
        listen 127.0.0.1:${port};
        chunk_size 4096;
        application live { live on; wait_key on; }
      }
    }
  `;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => socket.destroy(undefined) && resolve(true));
    socket.once("error", () => resolve(false));
  });
}
