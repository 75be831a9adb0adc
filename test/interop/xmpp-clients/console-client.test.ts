/** A console client from Debian, over TCP with STARTTLS, at a terminal of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Lesson, room } from "./lesson.ts";

const nick = "pupil003";
const isThere = (program: string) => spawnSync("which", [program]).status === 0;
const missing = ["poezio", "script"].filter((program) => !isThere(program));
const skip = missing.length > 0 ? `not installed: ${missing.join(", ")}` : false;

/** Poezio draws on a terminal, so it is given one, and is typed at. */
class Poezio implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), "veche-poezio-"));
  readonly #child: ChildProcess;

  constructor(lesson: Lesson) {
    const settings = {
      server: "meet.jitsi",
      custom_host: "127.0.0.1",
      custom_port: lesson.harness.c2sPort,
      force_encryption: true,
      ca_cert_path: lesson.certificatePath,
      ignore_certificate: true,
      rooms: `${room}/${nick}`,
      default_nick: nick,
      use_log: false,
      data_dir: this.#directory,
      log_dir: this.#directory,
      plugins_autoload: "",
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
    const config = join(this.#directory, "poezio.cfg");
    writeFileSync(config, `[Poezio]\n${lines.join("\n")}\n`);
    this.#child = spawn("script", ["-qfec", `poezio -f ${config}`, "/dev/null"], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, TERM: "xterm", HOME: this.#directory, LANG: "C.UTF-8" },
    });
    this.#child.stdout?.resume();
  }

  type(line: string): void {
    this.#child.stdin?.write(`${line}\r`);
  }

  async exits(): Promise<void> {
    if (this.#child.exitCode === null) await once(this.#child, "exit");
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

test("poezio signs in over STARTTLS, enters a room, is heard, and leaves", { skip }, async () => {
  await using lesson = await Lesson.begin();
  using poezio = new Poezio(lesson);
  await lesson.sees(nick);
  poezio.type("good morning");
  await lesson.hears("good morning", nick);
  poezio.type("/quit");
  await lesson.sees(nick, "unavailable");
  await poezio.exits();
});
