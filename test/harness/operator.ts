/** The operator's commands, as programs of their own, against a stack of the test's. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { LocalStack } from "@veche/deploy/local/stack.ts";

const root = resolve(import.meta.dirname, "../..");

export type Ended = { readonly code: number; readonly said: string; readonly complained: string };

/** `command`: "doctor" runs deploy/doctor/main.ts. */
export async function runOperators(stack: LocalStack, command: string, args: readonly string[] = []): Promise<Ended> {
  const env = { ...process.env, NATS_URL: stack.nats.url, NATS_CREDS_FILE: stack.nats.credsFile("operator") };
  const child = spawn(process.execPath, [resolve(root, "deploy", command, "main.ts"), ...args], { env });
  const said = { said: "", complained: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    said.said += String(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said.complained += String(chunk);
  });
  const [code] = await once(child, "close");
  return { code: Number(code), ...said };
}
