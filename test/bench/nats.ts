/** What ours needs beside it: without a nats-server it would not do what it does. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findNatsServer } from "@veche/kit/nats-server.ts";
import { Program } from "./process.ts";

/** On the servers' core. */
export async function startNats(
  stack: AsyncDisposableStack,
  port: number,
): Promise<{ readonly url: string; readonly pid: number }> {
  const folder = await mkdtemp(join(tmpdir(), "bench-nats-"));
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const path = join(folder, "nats.conf");
  await writeFile(path, `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${folder}/store" }\n`);
  const program = stack.use(new Program(findNatsServer() ?? "", ["-c", path], { PATH: process.env.PATH }));
  await program.until(async () => program.said.includes("Server is ready"));
  return { url: `nats://127.0.0.1:${port}`, pid: program.pid };
}

/** Undefined where there is no nats-server. */
export function versionOfOurs(): string | undefined {
  if (!findNatsServer()) return undefined;
  const path = new URL("../../package.json", import.meta.url);
  const { version }: { version?: string } = JSON.parse(readFileSync(path, "utf8"));
  return `Veche ${version ?? ""}`.trim();
}
