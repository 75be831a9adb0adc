/** Brings what a fresh machine lacks, one line for each step: what and why. Nothing happens where nothing is missing. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { findNatsServer } from "@veche/kit/nats-server.ts";
import { ensureWorker } from "../mediasoup-worker/ensure.ts";
import { findChromium } from "./recording.ts";
import { buildWebApp, type Say } from "./web-app.ts";

const root = resolve(import.meta.dirname, "../..");
/** Where Debian's package is unpacked, and where it then is. */
const natsPackage = join(process.env.VECHE_CACHE || join(homedir(), ".cache/veche"), "nats-server");
const packagedNatsServer = join(natsPackage, "usr/sbin/nats-server");

export async function setUp(say: Say): Promise<void> {
  ensureNatsServer(say);
  buildWebApp(say);
  process.env.MEDIASOUP_WORKER_BIN = await ensureWorker({ say });
}

/** Debian's package is unpacked rather than installed: that needs no root and starts no service of its own. */
function ensureNatsServer(say: Say): void {
  if (findNatsServer()) return;
  if (!existsSync(packagedNatsServer) && hasCommand("apt-get") && hasCommand("dpkg-deb")) {
    say(`fetching Debian's nats-server package into ${natsPackage}: there is no nats-server on this machine`);
    mkdirSync(natsPackage, { recursive: true });
    const download = mkdtempSync(join(natsPackage, "download-"));
    try {
      if (!apt(["download", "nats-server"], download)) {
        if (isRoot()) apt(["update", "-qq"], download);
        apt(["download", "nats-server"], download);
      }
      for (const file of readdirSync(download).filter((name) => name.endsWith(".deb")))
        execFileSync("dpkg-deb", ["-x", join(download, file), natsPackage]);
    } finally {
      rmSync(download, { recursive: true });
    }
  }
  if (!existsSync(packagedNatsServer))
    throw new Error(
      "nats-server 2.9 or newer is needed and was not found: install it (Debian: apt-get install nats-server), or name it in NATS_SERVER_BIN",
    );
  process.env.NATS_SERVER_BIN = packagedNatsServer;
}

/** A browser for the tests. It needs its libraries, so it is installed for real, which takes root. */
export function ensureChromium(say: Say): void {
  if (findChromium(process.env)) return;
  if (hasCommand("apt-get") && isRoot()) {
    say("installing Debian's chromium (apt-get): the tests open rooms in it, and there is none on this machine");
    apt(["update", "-qq"], root);
    apt(["install", "-y", "-qq", "--no-install-recommends", "chromium"], root);
  }
  if (!findChromium(process.env))
    throw new Error(
      "the tests need Chromium and found none: install it (Debian: apt-get install chromium), or name it in CHROMIUM_BIN",
    );
}

/** The tests' second browser; where there is none, they say so and skip. */
export function ensureFirefox(say: Say): void {
  if (process.env.FIREFOX_BIN || hasCommand("firefox-esr") || !hasCommand("apt-get") || !isRoot()) return;
  say("installing Debian's firefox-esr (apt-get): some tests open rooms in it, and there is none on this machine");
  apt(["update", "-qq"], root);
  apt(["install", "-y", "-qq", "--no-install-recommends", "firefox-esr"], root);
}

/** What tests of recordings and live streams take; where it is missing, they say so and skip. */
export function ensureRecording(say: Say): void {
  const wanted = [
    { name: "ffmpeg", isThere: hasCommand("ffmpeg") },
    { name: "libnginx-mod-rtmp", isThere: existsSync("/usr/lib/nginx/modules/ngx_rtmp_module.so") },
  ];
  installMissing(wanted, "tests record and stream with them", say);
}

/** A SIP server and telephones, for the tests of calls; where they are missing, they say so and skip. */
export function ensureTelephones(say: Say): void {
  const wanted = [
    { name: "kamailio", isThere: hasCommand("kamailio") },
    { name: "kamailio-tls-modules", isThere: globSync("/usr/lib/*/kamailio/modules/tls.so").length > 0 },
    { name: "baresip-core", isThere: hasCommand("baresip") },
    { name: "sip-tester", isThere: hasCommand("sipp") },
    { name: "linphone-cli", isThere: hasCommand("linphone-daemon") },
  ];
  installMissing(wanted, "tests telephone with them", say);
}

/** A TURN server, for the test of networks that let nothing else through; where it is missing, that says so and skips. */
export function ensureTurnServer(say: Say): void {
  installMissing([{ name: "coturn", isThere: hasCommand("turnserver") }], "tests relay media through it", say);
}

/** A server that signs certificates as Let's Encrypt does; where it is missing, the tests say so and skip. */
export function ensureAcmeServer(say: Say): void {
  installMissing(
    [{ name: "caddy", isThere: hasCommand("caddy") }],
    "tests order certificates from its ACME server",
    say,
  );
}

/** For the test of the example that writes a register; where it is missing, that test says so and skips. */
export function ensurePostgres(say: Say): void {
  const isThere = globSync("/usr/lib/postgresql/*/bin/postgres").length > 0;
  installMissing([{ name: "postgresql", isThere }], "a test writes a register into it", say);
}

/** For the test of dashboards and alerts; where it is missing, that test says so and skips. */
export function ensurePrometheus(say: Say): void {
  installMissing(
    [{ name: "prometheus", isThere: hasCommand("promtool") }],
    "a test evaluates dashboards and alerts in it",
    say,
  );
}

type Package = { readonly name: string; readonly isThere: boolean };

function installMissing(wanted: readonly Package[], why: string, say: Say): void {
  const missing = wanted.flatMap(({ name, isThere }) => (isThere ? [] : [name]));
  if (missing.length === 0 || !hasCommand("apt-get") || !isRoot()) return;
  say(`installing Debian's ${missing.join(", ")} (apt-get): ${why}`);
  apt(["update", "-qq"], root);
  // A package must not start a server of its own here: the tests do, on a port of theirs.
  withoutServices(() => apt(["install", "-y", "-qq", "--no-install-recommends", ...missing], root));
}

function withoutServices(install: () => void): void {
  const policy = "/usr/sbin/policy-rc.d";
  if (existsSync(policy)) {
    install();
    return;
  }
  writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    install();
  } finally {
    rmSync(policy);
  }
}

function apt(args: readonly string[], cwd: string): boolean {
  const { status } = spawnSync("apt-get", ["-o", "DPkg::Lock::Timeout=600", ...args], {
    cwd,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return status === 0;
}

function hasCommand(name: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${name}`], { stdio: "ignore" }).status === 0;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
