/** A provider of telephone calls: another Kamailio, registrar and proxy, with digest for everything. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "@veche/kit/testing/free-port.ts";
import type { Certificates } from "./certificates.ts";

export type ProviderOptions = {
  readonly directory: string;
  readonly certificates: Certificates;
  /** Of every account. */
  readonly password: string;
  readonly ports?: { readonly udp: number; readonly tls: number };
  /** Where the calls of its customers go: a telephone on this UDP port of 127.0.0.1. */
  readonly phonePort?: number;
};

const startMs = 30_000;

export class Provider implements AsyncDisposable {
  /** UDP and TCP. */
  readonly port: number;
  readonly tlsPort: number;
  readonly #child: ChildProcess;

  private constructor(ports: { udp: number; tls: number }, child: ChildProcess) {
    this.port = ports.udp;
    this.tlsPort = ports.tls;
    this.#child = child;
  }

  static async start(options: ProviderOptions): Promise<Provider> {
    const ports = options.ports ?? { udp: await freePort(), tls: await freePort() };
    const path = join(options.directory, "provider.cfg");
    const tlsPath = join(options.directory, "provider-tls.cfg");
    const { certificate, key } = options.certificates;
    await writeFile(
      tlsPath,
      `[server:default]\nmethod = TLSv1.2+\ncertificate = ${certificate}\nprivate_key = ${key}\n`,
    );
    await writeFile(path, configOf(options, ports, tlsPath));
    const where = ["-w", options.directory, "-Y", options.directory];
    const child = spawn("kamailio", ["-DD", "-E", "-f", path, ...where, "-m", "32", "-M", "4"], {
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const provider = new Provider(ports, child);
    let said = "";
    const ready = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the provider does not start: ${said}`)), startMs);
      const settle = (how: () => void) => {
        clearTimeout(timer);
        how();
      };
      child.stderr?.on("data", (data) => {
        said = (said + String(data)).slice(-5_000);
        if (said.includes("provider is ready")) settle(resolve);
      });
      child.once("exit", () => settle(() => reject(new Error(`the provider ended: ${said}`))));
    });
    try {
      await ready;
    } catch (error) {
      await provider[Symbol.asyncDispose]();
      throw error;
    }
    return provider;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const ended = once(this.#child, "exit");
    process.kill(-pid, "SIGKILL");
    await ended;
  }
}

function configOf(
  { password, phonePort = 9 }: ProviderOptions,
  ports: { udp: number; tls: number },
  tlsPath: string,
): string {
  const modules = ["tm", "sl", "rr", "pv", "textops", "siputils", "usrloc", "registrar", "auth", "xlog", "tls"];
  return `#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
enable_tls=yes
listen=udp:127.0.0.1:${ports.udp}
listen=tcp:127.0.0.1:${ports.udp}
listen=tls:127.0.0.1:${ports.tls}
${modules.map((name) => `loadmodule "${name}.so"`).join("\n")}
modparam("tls", "config", "${tlsPath}")
modparam("registrar", "max_contacts", 5)
modparam("usrloc", "db_mode", 0)

request_route {
  if (is_method("OPTIONS") && !has_totag()) { sl_send_reply("200", "OK"); exit; }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  t_check_trans();
  if (has_totag()) { loose_route(); t_relay(); exit; }
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("$fd", "${password}", "0")) { www_challenge("$fd", "1"); exit; }
    save("location");
    exit;
  }
  if (!is_method("INVITE")) { sl_send_reply("405", "No"); exit; }
  record_route();
  if ($sp == ${phonePort} && $proto == "udp") {
    if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
  } else {
    if (!pv_proxy_authenticate("$fd", "${password}", "0")) { proxy_challenge("$fd", "1"); exit; }
    consume_credentials();
    $du = "sip:127.0.0.1:${phonePort}";
  }
  t_relay();
}

event_route[core:worker-one-init] { xlog("L_NOTICE", "provider is ready\\n"); }
`;
}
