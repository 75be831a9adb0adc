/** Debian's nginx with its RTMP module, in a folder of its own on a free port. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { until } from "./until.ts";

const program = "/usr/sbin/nginx";
const rtmpModule = "/usr/lib/nginx/modules/ngx_rtmp_module.so";

/** For `skip`: why tests with a real server can't run here. */
export const withoutRtmpServer: string | false =
  existsSync(program) && existsSync(rtmpModule) ? false : "nginx with libnginx-mod-rtmp is not installed";

/** Applications: "live" takes everything and records it, "denied" takes nothing. */
export class RtmpServer implements AsyncDisposable {
  readonly port: number;
  readonly #root: string;
  #process: ChildProcess | undefined;

  static async start(): Promise<RtmpServer> {
    const root = await mkdtemp(join(tmpdir(), "recorder-rtmp-"));
    await mkdir(join(root, "logs"));
    await mkdir(join(root, "flv"));
    const server = new RtmpServer(root, await freePort());
    await server.start();
    return server;
  }

  private constructor(root: string, port: number) {
    this.#root = root;
    this.port = port;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  url(key: string, app = "live"): string {
    return `rtmp://127.0.0.1:${this.port}/${app}/${key}`;
  }

  async start(): Promise<void> {
    const file = join(this.#root, "nginx.conf");
    await writeFile(file, configuration(this.#root, this.port));
    this.#process = spawn(program, ["-p", this.#root, "-e", "logs/error.log", "-c", file], { stdio: "ignore" });
    await until(() => accepts(this.port));
  }

  /** As kill -9. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  /** What it has recorded of a stream, a file for each time it was published, in order. */
  async recorded(key: string): Promise<string[]> {
    const names = await readdir(join(this.#root, "flv"));
    return names
      .filter((name) => name.startsWith(`${key}-`))
      .sort()
      .map((name) => join(this.#root, "flv", name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#root, { recursive: true, force: true });
  }
}

function configuration(root: string, port: number): string {
  return `load_module ${rtmpModule};
daemon off;
master_process off;
pid ${root}/nginx.pid;
error_log ${root}/logs/error.log info;
events { worker_connections 64; }
rtmp { server {
  listen 127.0.0.1:${port};
  application live { live on; record all; record_path ${root}/flv; record_unique on; }
  application denied { live on; deny publish all; }
} }
`;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => socket.destroy());
    socket.once("error", () => resolve(false));
    socket.once("close", (hadError) => resolve(!hadError));
  });
}
