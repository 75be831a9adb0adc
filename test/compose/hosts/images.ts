/** The images of this checkout, made once on this machine's engine for all hosts of a test. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";

const root = resolve(import.meta.dirname, "../../..");
const run = promisify(execFile);
const version = `veche-hosts-${process.pid}`;

/** With these a compose file takes them. */
export const imageSettings = { VECHE_VERSION: version, COMPOSE_PROGRESS: "plain" };

export function imageOf(role: string): string {
  return `veche-${role}:${version}`;
}

export async function buildImages(...profiles: readonly string[]): Promise<void> {
  await onThisMachine("compose", ...profiles.flatMap((profile) => ["--profile", profile]), "build");
}

export async function removeImages(): Promise<void> {
  const images = await onThisMachine("images", "--quiet", "--filter", `reference=veche-*:${version}`);
  const ids = [...new Set(images.split("\n").filter((id) => id !== ""))];
  if (ids.length > 0) await onThisMachine("rmi", "--force", ...ids);
}

export async function natsImage(): Promise<string> {
  const images = await onThisMachine("compose", "config", "--images", "nats");
  const found = images.split("\n").find((image) => image.startsWith("nats:"));
  if (found === undefined) throw new Error(`expected an image of nats, found ${images}`);
  return found;
}

/** What `hosts add` prints for the other host. */
export function tokenIn(printed: string): string {
  const token = /^https:\/\/\S+\/join#\S+$/m.exec(printed)?.[0];
  if (token === undefined) throw new Error(`expected a token, found ${printed}`);
  return token;
}

async function onThisMachine(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, ...imageSettings };
  const { stdout } = await run("docker", args, { cwd: root, env, maxBuffer: 2 ** 26 });
  return stdout;
}
