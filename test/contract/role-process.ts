/** A role as a process of its own, as an installation runs it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { NatsServer } from "@veche/kit/nats-server.ts";
import { passwordOf } from "./accounts.ts";

const root = resolve(import.meta.dirname, "../..");

export class XmppProcess implements AsyncDisposable {
  /** Everything it has logged. */
  readonly lines: string[] = [];
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number, lines: string[]) {
    this.#child = child;
    this.port = port;
    this.lines = lines;
  }

  static async start(server: NatsServer, env: Readonly<Record<string, string>>): Promise<XmppProcess> {
    const child = spawn(process.execPath, ["services/xmpp/main.ts"], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        PATH: process.env.PATH,
        NATS_URL: server.url,
        NATS_PASSWORD: passwordOf("xmpp"),
        XMPP_PORT: "0",
        VECHE_LISTEN_ADDRESS: "127.0.0.1",
        ...env,
      },
    });
    const lines: string[] = [];
    const listening = Promise.withResolvers<number>();
    const output = createInterface({ input: child.stdout });
    output.on("line", (line) => {
      lines.push(line);
      const port = /"port":(\d+).*"listening"/.exec(line)?.[1];
      if (port) listening.resolve(Number(port));
    });
    output.on("close", () => listening.reject(new Error(`xmpp did not start:\n${lines.slice(-10).join("\n")}`)));
    return new XmppProcess(child, await listening.promise, lines);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
