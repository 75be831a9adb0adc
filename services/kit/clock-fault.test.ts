/** A host whose clock is wrong, as a process of its own under libfaketime. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { silentLog } from "./log.ts";
import { NatsBus } from "./nats-bus.ts";
import { findNatsServer, NatsServer } from "./nats-server.ts";

const run = promisify(execFile);
const leases = { name: "leases", ttlMs: 4_000, history: 1 };

function libfaketime(): string | undefined {
  const folders = existsSync("/usr/lib") ? readdirSync("/usr/lib").map((name) => `/usr/lib/${name}/faketime`) : [];
  return folders.map((folder) => `${folder}/libfaketimeMT.so.1`).find((path) => existsSync(path));
}

const library = libfaketime();
const skip = !findNatsServer() ? "there is no nats-server" : !library && "there is no libfaketime (Debian: faketime)";

/** What a process with that clock sees of a lease that is there, and of its end. */
async function watchWith(
  offset: string,
  url: string,
): Promise<{ seen: (string | null)[]; aheadS: number; warning: string }> {
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const code = `
    const { NatsBus } = await import(${module("./nats-bus.ts")});
    const { Health } = await import(${module("./health.ts")});
    const { silentLog } = await import(${module("./log.ts")});
    const { Metrics } = await import(${module("./metrics.ts")});
    const { StringValueSchema } = await import("@bufbuild/protobuf/wkt");
    const [health, metrics] = [new Health(), new Metrics("focus")];
    const identity = { role: "focus", instance: "late", version: "0" };
    const bus = await NatsBus.open({ url: ${JSON.stringify(url)} }, identity, { log: silentLog, health, metrics });
    const bucket = await bus.bucket(${JSON.stringify(leases)}, StringValueSchema);
    const seen = [];
    const gone = Promise.withResolvers();
    await bucket.watch(({ value }) => { seen.push(value?.value ?? null); if (!value) gone.resolve(); });
    await gone.promise;
    const aheadS = Number(/^veche_focus_bus_clock_ahead_seconds (.+)$/m.exec(await metrics.text())?.[1]);
    console.log(JSON.stringify({ seen, aheadS, warning: health.warnings.get("clock") ?? "" }));
    process.exit(0);`;
  const env = { ...process.env, LD_PRELOAD: library ?? "", FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", code], {
    env,
    cwd: import.meta.dirname,
  });
  return JSON.parse(stdout) as Awaited<ReturnType<typeof watchWith>>;
}

for (const { offset, hours } of [
  { offset: "+3600s", hours: 1 },
  { offset: "-3600s", hours: -1 },
]) {
  test(`with a clock ${hours} h off leases neither seem over nor stay, and it is told`, { skip }, async () => {
    await using server = await NatsServer.start();
    const identity = { role: "focus", instance: "f1", version: "0" } as const;
    await using bus = await NatsBus.open({ url: server.url }, identity, { log: silentLog });
    const bucket = await bus.bucket(leases, StringValueSchema);
    await bucket.put("jvb-1", { value: "alive" });
    const renewing = setInterval(() => void bucket.put("jvb-1", { value: "alive" }), 1_000);
    const watching = watchWith(offset, server.url);
    await new Promise((resolve) => setTimeout(resolve, 2 * leases.ttlMs));
    clearInterval(renewing);
    const { seen, aheadS, warning } = await watching;
    assert.equal(seen.at(-1), null, "it ends");
    assert.deepEqual([...new Set(seen.slice(0, -1))], ["alive"], "it never seemed over before");
    assert.ok(Math.abs(aheadS - hours * 3600) < 60, String(aheadS));
    assert.match(warning, new RegExp(`^clock is 3,[56]\\d\\d s ${hours > 0 ? "ahead of" : "behind"} NATS`));
  });
}
