import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { bound } from "./children.ts";

const canBind = existsSync("/usr/bin/setpriv") ? false : "there is no setpriv";

test("a child does not outlive a process that was killed with -9", { skip: canBind }, async () => {
  const script = `
    import { spawn } from "node:child_process";
    import { bound } from ${JSON.stringify(new URL("./children.ts", import.meta.url).href)};
    for (const isLater of [false, true]) {
      const { file, args } = bound("sleep", ["60"], { isLater });
      console.log(spawn(file, args, { stdio: "ignore" }).pid);
    }
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pids: number[] = [];
  for await (const line of createInterface({ input: parent.stdout })) if (pids.push(Number(line)) === 2) break;
  await until(() => pids.every((pid) => nameOf(pid) === "sleep"));
  parent.kill("SIGKILL");
  await once(parent, "exit");
  await until(() => pids.every((pid) => nameOf(pid) !== "sleep"));
});

test("what is for later yields the CPU", () => {
  const { args } = bound("ffmpeg", ["-i", "x"], { isLater: true });
  assert.ok(args.join(" ").endsWith("-n 15 ffmpeg -i x"));
});

function nameOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return undefined;
  }
}

async function until(isDone: () => boolean): Promise<void> {
  for (const end = performance.now() + 5000; !isDone(); await wait(10))
    assert.ok(performance.now() < end, "it took longer than 5 s");
}
