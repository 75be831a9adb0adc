import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLog } from "@veche/kit/log.ts";
import { freePort } from "@veche/kit/testing/free-port.ts";
import type { IncomingCall } from "../signalling.ts";
import { PhoneCall, RawPhone } from "../testing/raw-phone.ts";
import { answeringSdp, Happenings } from "../testing/scene.ts";
import { missing } from "../testing/signalling-suite.ts";
import { openKamailio } from "./open.ts";
import type { KamailioOptions } from "./options.ts";

const skip = missing(["kamailio"]);

async function runBeside(stack: AsyncDisposableStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "veche-kamailio-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const child = spawn("sh", [join(import.meta.dirname, "run.sh"), directory], { detached: true, stdio: "ignore" });
  stack.defer(async () => {
    const ended = once(child, "exit");
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await ended;
  });
  return directory;
}

test("Kamailio in a container of its own takes its configuration from the gateway, and serves the next one without a break", {
  skip,
  timeout: 120_000,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await runBeside(stack);
  const [udp, port] = [await freePort(), await freePort()];
  const calls = new Happenings<IncomingCall>();
  const options: KamailioOptions = {
    trunks: [],
    listener: { incoming: calls.add, registration: () => {}, reachable: () => {} },
    log: silentLog,
    listen: { address: "127.0.0.1", udp, tcp: 0, tls: 0 },
    allowsUnknown: true,
    sessionTimer: { expires: 1_800, min: 90 },
    process: { kind: "other", directory, host: "127.0.0.1", port },
  };
  using phone = await RawPhone.open(udp);
  for (let gateway = 0; gateway < 2; gateway++) {
    await using signalling = await openKamailio(options);
    assert.ok(signalling.isReachable);
    const call = PhoneCall.dial(phone);
    const answering = (await calls.next("the call")).answer(answeringSdp);
    await call.answered();
    (await answering).hangUp();
    phone.answer(await phone.hearRequest("BYE"), 200);
  }
});

test("without the secret of its start nobody speaks to Kamailio as the gateway", {
  skip,
  timeout: 120_000,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await runBeside(stack);
  const [udp, port] = [await freePort(), await freePort()];
  await using signalling = await openKamailio({
    trunks: [],
    listener: { incoming: () => {}, registration: () => {}, reachable: () => {} },
    log: silentLog,
    listen: { address: "127.0.0.1", udp, tcp: 0, tls: 0 },
    allowsUnknown: true,
    sessionTimer: { expires: 1_800, min: 90 },
    process: { kind: "other", directory, host: "127.0.0.1", port },
  });
  using victim = await RawPhone.open(9);
  using intruder = await RawPhone.open(port, "tcp");
  const closed = intruder.closed;
  PhoneCall.dial(intruder, { headers: [`Veche-Next: sip:127.0.0.1:${victim.port}`, "Veche-Link: wrong"] });
  await closed;
  assert.deepEqual(victim.untaken, []);
  assert.ok(signalling.isReachable);
});

test("options that cannot work are refused, all faults together", async () => {
  const opening = openKamailio({
    trunks: [
      {
        name: "school",
        server: "provider example",
        port: 70_000,
        transport: "tls",
        account: { user: 'a"b', domain: "provider.example", password: "" },
        registers: true,
        dialsOut: true,
        isTrusted: false,
        addresses: ["10.0.0.0/33"],
      },
    ],
    listener: { incoming: () => {}, registration: () => {}, reachable: () => {} },
    log: silentLog,
    listen: { address: "localhost", udp: 5060, tcp: 0, tls: 0 },
    allowsUnknown: false,
    sessionTimer: { expires: 60, min: 90 },
    process: { kind: "own", program: "kamailio", directory: "/tmp/never made" },
  });
  await assert.rejects(opening, (error: Error & { code?: string }) => {
    assert.equal(error.code, "invalid-argument");
    for (const part of ["address", "path", "sessionTimer", "server", "port", "transport", "user", "password", "CIDR"])
      assert.ok(error.message.includes(part), `${part}: ${error.message}`);
    return true;
  });
});
