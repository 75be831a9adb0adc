/**
 * drachtio-server as its service in docker-compose.yml starts it, outside a container: by the same script, with a secret as
 * that of the volume, and with the gateway's own settings at the other end.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { freePorts } from "@veche/deploy/local/ports.ts";
import { ensureSecret } from "@veche/deploy/local/secrets.ts";
import { readConfig } from "@veche/kit/config.ts";
import { silentLog } from "@veche/kit/log.ts";
import { schema } from "@veche/sip-gateway/config.ts";
import type { IncomingCall } from "@veche/sip-gateway/sip/signalling.ts";
import { PhoneCall, RawPhone } from "@veche/sip-gateway/sip/testing/raw-phone.ts";
import { answeringSdp, Happenings } from "@veche/sip-gateway/sip/testing/scene.ts";
import { openSipServer } from "@veche/sip-gateway/sip-server.ts";

const script = resolve(import.meta.dirname, "../../deploy/images/drachtio.sh");
const program = programAt(process.env.DRACHTIO_SERVER_BIN ?? "drachtio");
const advertised = "192.0.2.7";
const caller = "74951112233";

/** Undefined where it is not on this machine. */
function programAt(name: string): string | undefined {
  const { status, stdout } = spawnSync("sh", ["-c", 'command -v "$0"', name], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

test("a call comes through it to the gateway, it tells the host's address, and neither secret nor number is in its log", {
  skip: program ? false : "not on this machine: drachtio-server (DRACHTIO_SERVER_BIN)",
  timeout: 120_000,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "veche-drachtio-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  await symlink(program ?? "", join(directory, "drachtio"));
  const { gateway: adminPort, sip: sipPort } = await freePorts();
  const secret = ensureSecret(directory, "drachtio-secret");
  const shared = {
    VECHE_DRACHTIO_ADDRESS: `127.0.0.1:${adminPort}`,
    VECHE_DRACHTIO_SECRET_FILE: join(directory, "drachtio-secret"),
  };
  const settings = {
    ...shared,
    VECHE_SIP_ADDRESS: "127.0.0.1",
    VECHE_SIP_PORT: `${sipPort}`,
    VECHE_SIP_ADVERTISE: advertised,
  };
  const server = spawn("sh", [script], {
    env: { PATH: `${directory}:${process.env.PATH}`, TMPDIR: directory, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const output of [server.stdout, server.stderr]) output.on("data", (data) => (log += data));
  stack.defer(async () => {
    server.kill("SIGKILL");
    await ended(server);
  });

  const calls = new Happenings<IncomingCall>();
  const config = readConfig(schema, { VECHE_SIP_SERVER: "drachtio", VECHE_SIP_ALLOW_UNKNOWN: "1", ...shared });
  const listener = { incoming: calls.add, registration: () => {}, reachable: () => {} };
  const signalling = stack.use(await openSipServer({ config, log: silentLog }, listener, []));
  assert.ok(signalling.isReachable);
  using phone = await RawPhone.open(sipPort);
  const call = PhoneCall.dial(phone, { from: `<sip:${caller}@127.0.0.1>` });
  const answering = (await calls.next("the call")).answer(answeringSdp);
  const ok = await call.answered();
  assert.match(ok.header("Contact"), new RegExp(`sip:.*${advertised}:${sipPort}`));
  (await answering).hangUp();
  phone.answer(await phone.hearRequest("BYE"), 200);

  const commandLine = await readFile(`/proc/${server.pid}/cmdline`, "utf8");
  assert.match(commandLine, /^drachtio\0-f\0/);
  assert.match(log, /Starting drachtio/);
  for (const text of [commandLine, log]) assert.ok(!text.includes(secret) && !text.includes(caller), text);
});
