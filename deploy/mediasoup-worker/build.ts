/** Builds the worker from the package's own sources against the system's libraries. */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { availableParallelism, freemem } from "node:os";
import { join } from "node:path";
import { findDrift, type Mediasoup, workerSources } from "./recipe.ts";

export const debianPackages = [
  "g++",
  "make",
  "libuv1-dev",
  "libssl-dev",
  "libsrtp2-dev",
  "libflatbuffers-dev",
  "flatbuffers-compiler",
] as const;

/** One compiler of a large file with its precompiled header. */
const compilerBytes = 700 * 1024 ** 2;

/** What is not there of compiler, tools and headers. */
export function missingTools(): string[] {
  const commands = ["g++", "make", "flatc"].filter(
    (name) => spawnSync("sh", ["-c", `command -v ${name}`], { stdio: "ignore" }).status !== 0,
  );
  if (commands.includes("g++")) return commands;
  const headers = ["uv.h", "openssl/ssl.h", "srtp2/srtp.h", "flatbuffers/flatbuffers.h"].filter((header) => {
    const { status } = spawnSync("g++", ["-E", "-x", "c++", "-"], {
      input: `#include <${header}>\n`,
      stdio: ["pipe", "ignore", "ignore"],
    });
    return status !== 0;
  });
  return [...commands, ...headers];
}

export function mayInstallTools(): boolean {
  const isDebian = spawnSync("sh", ["-c", "command -v apt-get"], { stdio: "ignore" }).status === 0;
  return isDebian && process.getuid?.() === 0;
}

export function installTools(): void {
  const options = {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: "pipe",
    encoding: "utf8",
  } as const;
  const apt = (...args: string[]) => spawnSync("apt-get", ["-o", "DPkg::Lock::Timeout=600", ...args], options);
  const install = ["install", "-y", "-qq", "--no-install-recommends", ...debianPackages];
  if (apt(...install).status === 0) return;
  apt("update", "-qq");
  const { status, stderr } = apt(...install);
  if (status !== 0) throw new Error(`apt-get ${install.join(" ")}: ${stderr.trim().split("\n").at(-1)}`);
}

/** Compiles in `directory`, which is made new, and moves the binary to `target` when it is whole. */
export async function buildWorker(mediasoup: Mediasoup, directory: string, target: string): Promise<void> {
  const sources = workerSources(mediasoup);
  const drift = findDrift(sources);
  if (drift.length > 0)
    throw new Error(
      `deploy/mediasoup-worker does not fit mediasoup ${mediasoup.version}; adapt the recipe first:\n${drift.join("\n")}`,
    );
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const part of ["Makefile", "pch.hpp", "shim", "nomination"])
    cpSync(join(import.meta.dirname, part), join(directory, part), { recursive: true });
  symlinkSync(sources, join(directory, "worker"));
  const logPath = `${directory}.log`;
  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(freemem() / compilerBytes)));
  const code = await runMake([`-j${jobs}`, "-C", directory], logPath);
  if (code !== 0) {
    const lines = readFileSync(logPath, "utf8").trimEnd().split("\n");
    const first = lines.find((line) => /error|Error/.test(line));
    throw new Error(`the mediasoup worker was not built (${first ?? lines.at(-1)}); all of it is in ${logPath}`);
  }
  renameSync(join(directory, "out/mediasoup-worker"), target);
  rmSync(directory, { recursive: true, force: true });
  rmSync(logPath, { force: true });
}

function runMake(args: readonly string[], logPath: string): Promise<number | null> {
  const log = openSync(logPath, "w");
  const make = spawn("make", args, { stdio: ["ignore", log, log] });
  return new Promise<number | null>((resolve, reject) => {
    make.once("error", reject);
    make.once("close", resolve);
  }).finally(() => closeSync(log));
}
