import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";

const run = promisify(execFile);

test("a port can be taken for UDP and for TCP, and is nobody's whom the system gives one", async () => {
  const port = await freePort();
  await using server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  await using socket = createSocket("udp4").bind(port, "127.0.0.1");
  await once(socket, "listening");
  await using other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const given = other.address();
  assert.ok(typeof given === "object" && given && (given.port < 21_000 || given.port > 31_999), JSON.stringify(given));
});

test("two processes that ask for many at once get none twice, nor neighbours", {
  skip: process.platform !== "linux" && "reservations between processes are Linux's",
}, async () => {
  const module = JSON.stringify(new URL("./free-port.ts", import.meta.url).href);
  const code = `const { freePort } = await import(${module});
    const ports = [];
    for (let n = 0; n < 1000; n++) ports.push(await freePort());
    console.log(JSON.stringify(ports));
    await new Promise((resolve) => process.stdin.once("end", resolve).resume());`;
  const asking = [0, 1].map(() => run(process.execPath, ["--input-type=module", "-e", code]));
  const said = asking.map(({ child }) => once(child.stdout ?? process.stdin, "data"));
  // A child that fails says nothing.
  await Promise.race([Promise.all(said), Promise.all(asking)]);
  for (const { child } of asking) child.stdin?.end();
  const ports = (await Promise.all(asking)).flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
  assert.deepEqual([ports.length, new Set(ports).size], [2_000, 2_000]);
  assert.ok(ports.every((port) => port % 2 === 0));
});
