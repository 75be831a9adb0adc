/** Debian's linphone without sound card, told what to do over the standard input of its daemon. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { Happenings } from "./scene.ts";

const startMs = 30_000;
const lookMs = 50;

export class Linphone implements AsyncDisposable {
  /** UDP. */
  readonly port: number;
  /** States of its calls: OutgoingRinging, IncomingReceived, StreamsRunning, Paused, End. */
  readonly states: Happenings<string>;
  readonly #child: ChildProcess;

  private constructor(port: number, child: ChildProcess, states: Happenings<string>) {
    this.port = port;
    this.states = states;
    this.#child = child;
  }

  /** Keys go by SIP INFO, or in its sound (RFC 4733). */
  static async start(
    directory: string,
    { answers = false, keys = "info" }: { answers?: boolean; keys?: "info" | "rtp" } = {},
  ): Promise<Linphone> {
    const [port, soundPort] = [await freePort(), await freePort()];
    const isInfo = keys === "info" ? 1 : 0;
    const config = [
      "[sip]",
      "bind_address=127.0.0.1",
      "use_ipv6=0",
      `sip_port=${port}`,
      "sip_tcp_port=0",
      "sip_tls_port=0",
      'contact="42" <sip:42@127.0.0.1>',
      `use_info=${isInfo}`,
      `use_rfc2833=${1 - isInfo}`,
      // A machine without a network has loopback all the same.
      "auto_net_state_mon=0",
      "[rtp]",
      "bind_address=127.0.0.1",
      `audio_rtp_port=${soundPort}`,
      "[video]",
      "automatically_initiate=0",
      "automatically_accept=0",
    ];
    const [configPath, logPath] = [join(directory, "linphonerc"), join(directory, "linphone.log")];
    await writeFile(configPath, `${config.join("\n")}\n`);
    // Without a place for its database it starts, and hears and says nothing.
    await mkdir(join(directory, ".local/share/linphone"), { recursive: true });
    const args = ["--config", configPath, "--log", logPath, ...(answers ? ["--auto-answer"] : [])];
    const child = spawn("linphone-daemon", args, {
      cwd: directory,
      env: { PATH: process.env.PATH, HOME: directory },
      stdio: ["pipe", "pipe", "ignore"],
    });
    const states = new Happenings<string>();
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const [, state] = /^Event: LinphoneCall(\w+)/.exec(line) ?? [];
        if (state) states.add(state);
      }
    });
    child.stdin.on("error", () => {});
    const phone = new Linphone(port, child, states);
    try {
      await phone.#listening(logPath);
    } catch (error) {
      await phone[Symbol.asyncDispose]();
      throw error;
    }
    return phone;
  }

  /** "call sip:…", "call-pause", "dtmf 5", "terminate". */
  say(command: string): void {
    this.#child.stdin?.write(`${command}\n`);
  }

  /** It says that a call is held before its ACK is out, cannot go on with it until then, and says once more that it is held. */
  async resume(): Promise<void> {
    const isDecided = (state: string) => state === "StreamsRunning" || state === "Paused";
    const end = Date.now() + startMs;
    for (;;) {
      this.say("call-resume 1");
      if ((await this.states.until("resume", isDecided)) === "StreamsRunning") return;
      if (Date.now() > end) throw new Error("linphone does not go on with the call that it holds");
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  async #listening(logPath: string): Promise<void> {
    const end = Date.now() + startMs;
    for (;;) {
      const said = await readFile(logPath, "utf8").catch(() => "");
      if (/Creating listening point .*transport=UDP/i.test(said)) return;
      if (Date.now() > end || this.#child.exitCode !== null)
        throw new Error(`linphone does not start: ${said.slice(-5_000)}`);
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    }
  }
}
