/** A real telephone, Debian's baresip: it sends a tone of its own and writes down what it hears. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { BaresipControl, type BaresipEvent } from "@veche/sip-gateway/sip/testing/baresip-control.ts";
import { Sound } from "../recording/sound.ts";
import { eventually, type WaitOptions } from "../wait.ts";

const modules = "/usr/lib/baresip/modules";
const loopback = "127.0.0.1";
const endMs = 3_000;
const startAttempts = 5;

/** For `test(name, { skip })`: why there is no telephone here, or false. */
export function withoutPhones(): string | false {
  const isThere = spawnSync("baresip", ["-h"], { stdio: "ignore" }).error === undefined && existsSync(modules);
  return isThere ? false : "no telephone here (Debian: apt-get install baresip-core)";
}

export type PhoneOptions = {
  /** User part of its address: a number, mostly. */
  readonly user: string;
  /** Of this machine, where it listens; loopback unless it is said. */
  readonly address?: string;
  /** Its tone; undefined: it is silent. */
  readonly toneHz: number;
  /** In its order: PCMA, PCMU, G722/16000, opus. */
  readonly codecs?: readonly string[];
  /** It takes calls by itself. */
  readonly answers?: boolean;
  /** Where it registers, and by what: "sip:127.0.0.1:5070;transport=tcp". */
  readonly registrar?: string;
  readonly password?: string;
  /** SDES for its sound (srtp-mand: without it no call). */
  readonly encryption?: "srtp" | "srtp-mand";
};

export class Phone implements AsyncDisposable {
  readonly user: string;
  readonly #place: string;
  readonly #directory: string;
  readonly #program: ChildProcess;
  readonly #control: BaresipControl;
  readonly #events: readonly BaresipEvent[];

  private constructor(
    options: PhoneOptions,
    port: number,
    directory: string,
    program: ChildProcess,
    control: BaresipControl,
    events: readonly BaresipEvent[],
  ) {
    this.user = options.user;
    this.#place = `${options.address ?? loopback}:${port}`;
    this.#directory = directory;
    this.#program = program;
    this.#control = control;
    this.#events = events;
  }

  static async start(options: PhoneOptions): Promise<Phone> {
    for (let attempt = 1; ; attempt += 1) {
      const directory = await mkdtemp(join(tmpdir(), "veche-phone-"));
      const [port, controlPort] = [await freePort(), await freePort()];
      await configure(options, port, controlPort, directory);
      const program = spawn("baresip", ["-4", "-f", directory], { stdio: ["ignore", "pipe", "pipe"] });
      let said = "";
      for (const stream of [program.stdout, program.stderr])
        stream.on("data", (chunk: Buffer) => {
          said = (said + String(chunk)).slice(-20_000);
        });
      try {
        await eventually("baresip to be ready", () => {
          if (program.exitCode !== null) throw new Error(`baresip ended: ${said}`);
          return said.includes("baresip is ready") ? undefined : said;
        });
        const events: BaresipEvent[] = [];
        const control = await BaresipControl.connect(controlPort, (event) => void events.push(event));
        return new Phone(options, port, directory, program, control, events);
      } catch (error) {
        program.kill("SIGKILL");
        await rm(directory, { recursive: true });
        // A port may have been taken by somebody else meanwhile.
        if (attempt === startAttempts) throw error;
      }
    }
  }

  get address(): string {
    return `sip:${this.user}@${this.#place}`;
  }

  dial(address: string): void {
    this.#control.say("dial", address);
  }

  answer(): void {
    this.#control.say("accept");
  }

  hangUp(): void {
    this.#control.say("hangup");
  }

  hold(): void {
    this.#control.say("hold");
  }

  resume(): void {
    this.#control.say("resume");
  }

  transfer(address: string): void {
    this.#control.say("transfer", address);
  }

  /** Keys one after the other, by RFC 4733. */
  async press(digits: string): Promise<void> {
    for (const digit of digits) {
      this.#control.say("sndcode", digit);
      // Its tone lasts, and the next would be lost in it.
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  /** How often that came: CALL_RINGING, CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED, REGISTER_OK, REGISTER_FAIL. */
  count(type: string): number {
    return this.#events.filter((event) => event.type === type).length;
  }

  /** What the last event of a kind said: the reason of CALL_CLOSED. */
  said(type: string): string | undefined {
    return this.#events.findLast((event) => event.type === type)?.param;
  }

  async comes(type: string, count = 1, options: WaitOptions = {}): Promise<void> {
    await eventually(
      `${type} at telephone ${this.user}`,
      () => (this.count(type) >= count ? undefined : this.#events.map((event) => event.type).join()),
      options,
    );
  }

  /** What it heard in its last call, which is over. */
  async heard(): Promise<Sound> {
    await this.comes("CALL_CLOSED");
    const names = (await readdir(this.#directory)).filter((name) => name.endsWith("-dec.wav")).sort();
    const path = join(this.#directory, names.at(-1) ?? "");
    await eventually("the recording to be closed", async () => {
      const head = await readFile(path);
      return head.length > 44 && head.readUInt32LE(40) > 0 ? undefined : `${head.length} bytes of ${path}`;
    });
    return Sound.read(path);
  }

  /** As when its battery is taken out: nobody is told. */
  kill(): void {
    this.#program.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#control[Symbol.dispose]();
    if (this.#program.exitCode === null && this.#program.signalCode === null) {
      const ended = once(this.#program, "exit");
      this.#program.kill("SIGTERM");
      const timer = setTimeout(() => this.#program.kill("SIGKILL"), endMs);
      await ended;
      clearTimeout(timer);
    }
    await rm(this.#directory, { recursive: true });
  }
}

async function configure(options: PhoneOptions, port: number, controlPort: number, directory: string): Promise<void> {
  const { user, address = loopback, toneHz, codecs = ["PCMA", "PCMU"], answers = false } = options;
  const { registrar, password, encryption } = options;
  const names = ["ausine", "aufile", "sndfile", "g711", "g722", "opus", "srtp"];
  const config = [
    `sip_listen ${address}:${port}`,
    `net_interface ${address}`,
    "call_local_timeout 120",
    "call_max_calls 4",
    // The only rate and channels that its tone has; the codec's are made of it.
    `audio_source ausine,${toneHz}`,
    "ausrc_srate 48000",
    "ausrc_channels 2",
    "audio_player sndfile,",
    "audio_alert aufile,/dev/null",
    "rtp_timeout 0",
    `snd_path ${directory}`,
    `module_path ${modules}`,
    ...names.map((name) => `module ${name}.so`),
    "module_tmp uuid.so",
    "module_tmp account.so",
    "module_app menu.so",
    "module_app ctrl_tcp.so",
    `ctrl_tcp_listen ${loopback}:${controlPort}`,
  ];
  const account = [
    `<sip:${user}@${address}:${port}>`,
    `audio_codecs=${codecs.join(",")}`,
    `answermode=${answers ? "auto" : "manual"}`,
    ...(registrar ? [`outbound="${registrar}"`, "regint=60"] : ["regint=0"]),
    ...(password ? [`auth_user=${user}`, `auth_pass=${password}`] : []),
    ...(encryption ? [`mediaenc=${encryption}`] : []),
  ];
  await writeFile(join(directory, "config"), `${config.join("\n")}\n`);
  await writeFile(join(directory, "accounts"), `${account.join(";")}\n`);
  await writeFile(join(directory, "contacts"), "");
}
