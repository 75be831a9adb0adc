/** How drachtio-server is started in its container: by `drachtio.sh`, here with another program in its place. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const secret = "p0123456789abcdef0123456789abcdef0123456789abcdef";

/** What the program was started with and found, with this secret and these settings. */
async function start(stack: AsyncDisposableStack, written: string | undefined, env: Record<string, string> = {}) {
  const directory = await mkdtemp(join(tmpdir(), "veche-drachtio-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const secretFile = join(directory, "secret");
  if (written !== undefined) await writeFile(secretFile, written);
  await writeFile(join(directory, "drachtio"), '#!/bin/sh\necho "$*"\nenv\n', { mode: 0o755 });
  const { stdout } = await run("sh", [join(import.meta.dirname, "drachtio.sh")], {
    env: {
      PATH: `${directory}:${process.env.PATH}`,
      TMPDIR: directory,
      VECHE_DRACHTIO_ADDRESS: "127.0.0.2:9022",
      VECHE_DRACHTIO_SECRET_FILE: secretFile,
      VECHE_SIP_ADDRESS: "127.0.0.3",
      VECHE_SIP_PORT: "5070",
      DOCKER_HOST_ADDRESS: "192.0.2.7,10.0.0.1",
      ...env,
    },
  });
  const path = join(directory, "drachtio.conf.xml");
  return { path, started: stdout, config: await readFile(path, "utf8"), mode: (await stat(path)).mode & 0o777 };
}

test("drachtio-server finds its secret in a file that nobody else reads, and in neither argument nor variable", async () => {
  await using stack = new AsyncDisposableStack();
  const { path, started, config, mode } = await start(stack, `${secret}\n`);
  assert.equal(started.split("\n")[0], `-f ${path}`);
  assert.ok(!started.includes(secret));
  assert.equal(mode, 0o600);
  assert.ok(config.includes(`<admin port="9022" secret="${secret}">127.0.0.2</admin>`), config);
});

test("it listens to telephones at another address than to applications, and tells them the host's", async () => {
  await using stack = new AsyncDisposableStack();
  const told = async (env: Record<string, string>) => (await start(stack, secret, env)).config;
  const contact = "sip:127.0.0.3:5070;transport=udp,tcp</contact>";
  assert.ok((await told({})).includes(`<contact external-ip="192.0.2.7">${contact}`));
  assert.ok((await told({ VECHE_SIP_ADVERTISE: "192.0.2.9" })).includes(`<contact external-ip="192.0.2.9">${contact}`));
});

test("no message is logged, as numbers stand in them", async () => {
  await using stack = new AsyncDisposableStack();
  const { config } = await start(stack, secret);
  assert.match(config, /<sofia-loglevel>0<.*<loglevel>notice</s);
});

test("it does not start without a secret, with one that is short, and without an address to tell or to be at", async () => {
  await using stack = new AsyncDisposableStack();
  for (const [written, env, message] of [
    [undefined, {}, "expected a secret in"],
    ["", {}, "expected 16 characters at least in"],
    ["cymru", {}, "expected 16 characters at least in"],
    [`${secret}"><evil/>`, {}, "expected letters and digits in"],
    [secret, { VECHE_SIP_ADVERTISE: "sip.school.example" }, 'expected an IPv4 address in .*found "sip.school.example"'],
    [secret, { VECHE_DRACHTIO_ADDRESS: "no..name:9022" }, "expected an address of no..name, found none"],
  ] as const)
    await assert.rejects(start(stack, written, env), { code: 1, stderr: new RegExp(`drachtio: ${message}`) });
});
