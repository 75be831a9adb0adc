import { join } from "node:path";
import { readPorts } from "../local/ports.ts";
import { readOrNot } from "../nats/files.ts";
import { Fault } from "../users/fault.ts";

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** What the bucket of tokens keeps. */
const longestMs = 7 * units.d;

/** "30m", "1h", "2d", in milliseconds. */
export function lifeOf(text: string): number {
  const [, count, unit] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  const lifeMs = Number(count) * (units[unit as keyof typeof units] ?? Number.NaN);
  if (lifeMs > 0 && lifeMs <= longestMs) return lifeMs;
  throw new Fault("usage", `--for: expected 1m to 7d, such as 30m, 1h, 2d, found "${text}"`);
}

/** Where the other host finds web: as it is said, or PUBLIC_URL, or the first address of this host. */
export function originOf(given: string | undefined, env: NodeJS.ProcessEnv, secretsDirectory: string): string {
  const text = given || env.PUBLIC_URL;
  if (text) {
    const url = URL.parse(text);
    if (url && /^https?:$/.test(url.protocol)) return url.origin;
    throw new Fault("usage", `--url: expected https://<host>, found "${text}"`);
  }
  const [address] = (env.DOCKER_HOST_ADDRESS || readOrNot(join(secretsDirectory, "addresses")) || "").trim().split(",");
  if (!address)
    throw new Fault("usage", "expected --url https://<this host>, or PUBLIC_URL: where the other host finds this one");
  const port = env.HTTPS_PORT || String(readPorts(env).https);
  return port === "443" ? `https://${address}` : `https://${address}:${port}`;
}
