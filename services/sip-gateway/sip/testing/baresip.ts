/** Debian's baresip, told what to do over its control port. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { BaresipControl } from "./baresip-control.ts";
import { Happenings } from "./scene.ts";

const startMs = 30_000;

export class Baresip implements AsyncDisposable {
  /** Types of events: CALL_RINGING, CALL_ESTABLISHED, CALL_CLOSED. */
  readonly events: Happenings<string>;
  readonly #child: ChildProcess;
  readonly #control: BaresipControl;

  private constructor(child: ChildProcess, control: BaresipControl, events: Happenings<string>) {
    this.#child = child;
    this.#control = control;
    this.events = events;
  }

  static async start(directory: string, transport: "udp" | "tls"): Promise<Baresip> {
    const [port, controlPort] = [await freePort(), await freePort()];
    const config = [
      `sip_listen 127.0.0.1:${port}`,
      "net_interface 127.0.0.1",
      "audio_source ausine,440",
      // The only rate and channels that its tone has; the codec's are made of it.
      "ausrc_srate 48000",
      "ausrc_channels 2",
      "audio_player aufile,/dev/null",
      "audio_alert aufile,/dev/null",
      "rtp_timeout 0",
      "module_path /usr/lib/baresip/modules",
      ...["ausine", "aufile", "g711"].map((name) => `module ${name}.so`),
      "module_tmp uuid.so",
      "module_tmp account.so",
      "module_app menu.so",
      "module_app ctrl_tcp.so",
      `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
    ];
    const account = `<sip:42@127.0.0.1:${port};transport=${transport}>;regint=0;audio_codecs=PCMU;answermode=manual`;
    await writeFile(join(directory, "config"), `${config.join("\n")}\n`);
    await writeFile(join(directory, "accounts"), `${account}\n`);
    await writeFile(join(directory, "contacts"), "");
    const child = spawn("baresip", ["-4", "-f", directory], { stdio: ["ignore", "pipe", "pipe"] });
    try {
      await ready(child);
      const events = new Happenings<string>();
      const control = await BaresipControl.connect(controlPort, ({ type }) => events.add(type));
      return new Baresip(child, control, events);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  say(command: string, params = ""): void {
    this.#control.say(command, params);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#control[Symbol.dispose]();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = setTimeout(() => reject(new Error(`baresip does not start: ${said}`)), startMs);
    child.once("exit", () => reject(new Error(`baresip ended: ${said}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (data) => {
        said = (said + String(data)).slice(-5_000);
        if (!said.includes("baresip is ready")) return;
        clearTimeout(timer);
        resolve();
      });
    }
  });
}
