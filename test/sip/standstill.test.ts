/** A machine that stands still for seconds, and a gateway that does so alone. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { withoutBrowser } from "../harness/browser.ts";
import { anna } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { childrenOf } from "../harness/recording/children.ts";
import { setScene } from "../harness/stack.ts";
import { callsOf, dialIn, hears, oneGateway, seesPhones, withoutGateway } from "../harness/telephone/gateway.ts";
import { Phone, withoutPhones } from "../harness/telephone/phone.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser() || withoutPhones() || withoutGateway();
const scene = setScene({ skip, ...oneGateway });
const room = "TelephoneStandstill";
const longMs = { timeoutMs: 40_000 };

let teacher: Participant;
let phone: Phone;

after(() => phone?.[Symbol.asyncDispose]());

async function standStill(pids: readonly number[], ms: number): Promise<void> {
  const all = pids.flatMap((pid) => [pid, ...childrenOf(pid).map((child) => child.pid)]);
  const tell = (signal: NodeJS.Signals) => {
    for (const pid of all) process.kill(pid, signal);
  };
  tell("SIGSTOP");
  try {
    await pause(ms);
  } finally {
    tell("SIGCONT");
  }
}

test("all of it stands still for six seconds: the telephone stays, and is heard", { skip }, async () => {
  teacher = await Participant.join(scene.browser, scene.stack.roomUrl(room, "?lang=en"), anna);
  phone = await Phone.start({ user: "74951111111", toneHz: 600 });
  await dialIn(scene.stack, phone, room);
  await hears(teacher, 600);
  await standStill(Object.values(scene.stack.local.pids()), 6_000);
  // What was played before is over by then.
  await pause(3_000);
  await hears(teacher, 600);
  assert.equal(phone.count("CALL_CLOSED"), 0);
  assert.equal((await callsOf(scene.stack)).length, 1);
});

test("the gateway alone stands still for eight seconds: what has ended is over everywhere", { skip }, async () => {
  const gateway = scene.stack.local.pids()["sip-gateway"];
  assert.ok(gateway !== undefined);
  scene.stack.local.signal("sip-gateway", "SIGSTOP");
  try {
    await phone.comes("CALL_CLOSED", 1, longMs);
    await seesPhones(teacher, "nobody", (phones) => phones.length === 0, longMs);
  } finally {
    scene.stack.local.signal("sip-gateway", "SIGCONT");
  }
  await eventually("no call is left", async () => {
    const calls = await callsOf(scene.stack);
    return calls.length === 0 ? undefined : JSON.stringify(calls);
  });
  await eventually("the gateway is well", async () => {
    const { status } = await fetch(`http://127.0.0.1:${scene.stack.local.ports.gateway}/about/health`);
    return status === 200 ? undefined : `${status}`;
  });
  await dialIn(scene.stack, phone, room);
  await seesPhones(teacher, "one", (phones) => phones.length === 1);
  await hears(teacher, 600);
});
