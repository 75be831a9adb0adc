/** What becomes of calls when the SIP process or the gateway dies. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { answeredCall } from "./calls-in.ts";
import { isAlive } from "./processes.ts";
import { PhoneCall, RawPhone } from "./raw-phone.ts";
import { answeringSdp, Happenings, listenTo, type OpenOptions, outgoingListener, trunkTo } from "./scene.ts";
import type { Define, Given } from "./signalling-suite.ts";

/** Phones hear of it within that time on a machine that runs; the promise is 5 s. */
const promiseMs = 5_000;

export function defineDeaths(define: Define): void {
  define(
    "when the SIP process is killed calls end, phones are told as soon as it is back, and new calls come",
    async (given) => {
      const ports = { udp: await freePort(), tcp: 0, tls: 0 };
      const trunk = given.stack.use(await RawPhone.open(ports.udp, "udp", "127.0.0.8"));
      const scene = await given.open({ ports, trunks: [trunkTo(trunk.port, { server: "127.0.0.8" })] });
      const answered = await answeredCall(scene);
      const told = listenTo(answered.dialog);
      const ringingPhone = await scene.phone();
      const ringing = PhoneCall.dial(ringingPhone);
      const incoming = await scene.calls.until("the second", ({ id }) => id === ringing.callId);
      const cancelled = new Promise<void>((resolve) => incoming.onCancelled(resolve));
      const out = outgoingListener();
      const { id } = scene.signalling.dial(
        { trunk: undefined, to: "1", from: "", displayName: "", headers: {}, sdp: answeringSdp },
        out.listener,
      );
      await trunk.hear("the call out", ({ header }) => header("Call-ID") === id);

      process.kill(await given.subject.processId(scene.options.directory), "SIGKILL");
      assert.deepEqual(await told.next("the end"), { type: "ended", cause: "lost" });
      assert.deepEqual(await out.told.next("the failure"), { type: "failed", status: 503 });
      await cancelled;
      assert.equal(await scene.reachable.until("its absence", (is) => !is), false);
      assert.equal(await scene.reachable.until("its return", (is) => is), true);
      const bye = await answered.phone.hearRequest("BYE");
      assert.equal(bye.header("Call-ID"), answered.call.callId);
      answered.phone.answer(bye, 200);
      await answeredCall(scene);
    },
  );

  for (const transport of ["udp", "tcp"] as const) {
    define(`when the gateway is killed its phones are hung up, over ${transport}`, async (given) => {
      const trunk = given.stack.use(await RawPhone.open(9, "udp", "127.0.0.8"));
      const gateway = await startGateway(given, [trunkTo(trunk.port, { server: "127.0.0.8" })]);
      trunk.server = gateway.options.ports.udp;
      const port = gateway.options.ports[transport];
      const [phone, ringingPhone] = [
        given.stack.use(await RawPhone.open(port, transport)),
        given.stack.use(await RawPhone.open(port, transport)),
      ];
      const call = PhoneCall.dial(phone);
      await call.answered();
      await gateway.says("answered");
      PhoneCall.dial(ringingPhone, { to: "ring" });
      await ringingPhone.hearStatus(180);
      gateway.dial("1");
      const invite = await trunk.hearRequest("INVITE");
      trunk.answer(invite, 180);
      await gateway.says("rings there");
      const pid = await given.subject.processId(gateway.options.directory);

      const killedAt = Date.now();
      gateway.child.kill("SIGKILL");
      const [bye] = await Promise.all([
        phone.hearRequest("BYE"),
        ringingPhone.hearStatus(503),
        trunk.hearRequest("CANCEL"),
      ]);
      const afterMs = Date.now() - killedAt;
      console.log(`phones told after ${afterMs} ms (promised: ${promiseMs})`);
      assert.equal(bye.header("Call-ID"), call.callId);
      phone.answer(bye, 200);
      // A gateway that is started at once in its place has the ports when the old SIP process has said its goodbyes.
      const next = await startGateway(given, [], gateway.options);
      assert.equal(await isAlive(pid), false);
      const again = given.stack.use(await RawPhone.open(port, transport));
      await PhoneCall.dial(again).answered();
      await next.says("answered");
    });
  }

  define(
    "when the gateway stands still its phones are hung up, and when it goes on calls come again",
    async (given) => {
      const gateway = await startGateway(given, []);
      const phone = given.stack.use(await RawPhone.open(gateway.options.ports.udp));
      await PhoneCall.dial(phone).answered();
      await gateway.says("answered");
      gateway.child.kill("SIGSTOP");
      phone.answer(await phone.hearRequest("BYE"), 200);
      gateway.child.kill("SIGCONT");
      await callUntilAnswered(phone);
    },
  );
}

/** 503 says that the gateway is not back yet. */
async function callUntilAnswered(phone: RawPhone): Promise<void> {
  for (;;) {
    const call = PhoneCall.dial(phone);
    const answer = await phone.hear("an answer", ({ status, header }) => {
      return status >= 200 && header("Call-ID") === call.callId && header("CSeq") === "1 INVITE";
    });
    if (answer.status === 200) return call.acknowledge(answer);
    assert.equal(answer.status, 503);
    call.acknowledgeRefusal(answer);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

type GatewayProcess = {
  readonly child: ChildProcess;
  readonly options: Omit<OpenOptions, "listener">;
  dial(to: string): void;
  says(what: string): Promise<string>;
};

async function startGateway(
  given: Given,
  trunks: OpenOptions["trunks"],
  before?: GatewayProcess["options"],
): Promise<GatewayProcess> {
  const options = before ?? {
    trunks,
    ports: { udp: await freePort(), tcp: await freePort(), tls: 0 },
    tls: given.certificates,
    allowsUnknown: true,
    sessionTimer: { expires: 1_800, min: 90 },
    directory: await given.makeDirectory(),
  };
  const program = join(import.meta.dirname, "gateway-process.ts");
  const child = spawn(process.execPath, [program, given.subject.module, JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  given.stack.defer(async () => {
    const pid = await given.subject.processId(options.directory).catch(() => undefined);
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
    while (pid !== undefined && (await isAlive(pid))) await new Promise((resolve) => setTimeout(resolve, 100));
  });
  const said = new Happenings<string>();
  createInterface({ input: child.stdout }).on("line", said.add);
  const says = (what: string) => said.until(what, (line) => line === what);
  await says("ready");
  return { child, options, says, dial: (to) => void child.stdin.write(`${to}\n`) };
}
