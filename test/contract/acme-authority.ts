/** An authority of a school's own: Caddy's ACME server (https://caddyserver.com/docs/caddyfile/directives/acme_server). */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ask } from "@veche/web/testing/client.ts";
import type { OwnNetwork } from "../harness/own-network.ts";
import { eventually } from "../harness/wait.ts";

const port = 9443;

/**
 * The authority looks at port 80 of what a name leads to: all names lead to loopback, of a network where port 80 is free.
 * Chromium reads what it trusts in a folder of /etc, which here is the test's own.
 */
export const authorityNetwork: OwnNetwork = {
  mark: "VECHE_TEST_ACME",
  hasMounts: true,
  prepare: [
    "ip link set lo up",
    'printf "127.0.0.1 localhost ca.school.example meet.school.example\\n127.0.0.2 moved.school.example\\n127.0.0.3 taken.school.example\\n" > /dev/shm/veche-hosts.$$',
    "mount --bind /dev/shm/veche-hosts.$$ /etc/hosts",
    "rm /dev/shm/veche-hosts.$$",
    "{ [ ! -d /etc/chromium ] || { mount -t tmpfs none /etc/chromium && mkdir -p /etc/chromium/policies/managed; }; }",
  ].join(" && "),
};

/** Why there is no authority here, or false. */
export function withoutCaddy(): string | false {
  const { status } = spawnSync("caddy", ["version"], { stdio: "ignore" });
  return status === 0 ? false : "no caddy here (Debian: apt-get install caddy)";
}

export class Authority implements AsyncDisposable {
  readonly directory = `https://ca.school.example:${port}/acme/local/directory`;
  /** Signs the authority's own https and, in the end, all it gives out. */
  readonly rootFile: string;
  readonly rootPem: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, rootFile: string, rootPem: string) {
    this.#child = child;
    this.rootFile = rootFile;
    this.rootPem = rootPem;
  }

  static async start(folder: string): Promise<Authority> {
    const file = join(folder, "Caddyfile");
    // It must not put its root among those that this machine trusts.
    const options = `{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n`;
    const site = `https://ca.school.example:${port} {\n\ttls internal\n\tacme_server {\n\t\tca local\n\t}\n}\n`;
    await writeFile(file, options + site);
    const home = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    const child = spawn("caddy", ["run", "--config", file, "--adapter", "caddyfile"], {
      env: { PATH: process.env.PATH, ...home },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (text) => {
      said += text;
    });
    const rootFile = join(folder, "caddy/pki/authorities/local/root.crt");
    await eventually("the authority answers", async () => {
      if (child.exitCode !== null) throw new Error(`caddy ended:\n${said}`);
      if (!existsSync(rootFile)) return `no root yet:\n${said.slice(-2000)}`;
      const answer = await ask(`https://ca.school.example:${port}`, "/acme/local/directory").catch(String);
      return typeof answer !== "string" && answer.status === 200 ? undefined : JSON.stringify(answer);
    });
    return new Authority(child, rootFile, await readFile(rootFile, "utf8"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}
