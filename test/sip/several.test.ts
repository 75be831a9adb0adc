/** Two gateways and two bridges: calls go where there is room, and what dies takes only its own with it. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { withoutBrowser } from "../harness/browser.ts";
import { bodyOf, nameOf, promisesHeld } from "../harness/facts.ts";
import { anna } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { withoutFfmpeg } from "../harness/recording/ffmpeg.ts";
import { setScene } from "../harness/stack.ts";
import {
  callsOf,
  codeOf,
  dialInNumber,
  hears,
  oneGateway,
  seesPhones,
  withoutGateway,
} from "../harness/telephone/gateway.ts";
import { Phone, withoutPhones } from "../harness/telephone/phone.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser() || withoutFfmpeg() || withoutPhones() || withoutGateway();
const scene = setScene({
  skip,
  size: { gateways: 2, bridges: 2 },
  env: { ...oneGateway.env, OCTO_BRIDGE_SELECTION_STRATEGY: "SplitBridgeSelectionStrategy" },
});
const room = "TelephonesEverywhere";
const gateways = ["sip-gateway", "sip-gateway-2"] as const;
const bridges = ["videobridge", "videobridge-2"] as const;
const tones = [600, 1000, 1400] as const;
const longMs = { timeoutMs: 40_000 };

let teacher: Participant;
const phones: Phone[] = [];

after(async () => {
  for (const phone of phones) await phone[Symbol.asyncDispose]();
});

const phoneAt = (index: number): Phone => phones[index] as Phone;
const callsAt = (gateway: (typeof gateways)[number]) => callsOf(scene.stack, scene.stack.privatePortOf(gateway));

async function callIn(gateway: (typeof gateways)[number], toneHz: number): Promise<void> {
  const phone = await Phone.start({ user: `7495000${toneHz}`, toneHz });
  phones.push(phone);
  phone.dial(`sip:${dialInNumber}@127.0.0.1:${scene.stack.sipPortOf(gateway)}`);
  await phone.comes("CALL_ESTABLISHED");
  await phone.press(`${await codeOf(scene.stack, room)}#`);
  await hears(teacher, toneHz);
}

/** What was played before is over by then. */
async function stillHears(heard: readonly number[]): Promise<void> {
  await pause(2_000);
  for (const toneHz of heard) await hears(teacher, toneHz);
}

type Conference = { readonly endpoints: readonly string[] };

/** How many endpoints of the one conference a bridge has. */
async function endpointsAt(bridge: (typeof bridges)[number]): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${scene.stack.privatePortOf(bridge)}/debug`);
  const { conferences } = (await answer.json()) as { readonly conferences: Record<string, Conference> };
  return Object.values(conferences)[0]?.endpoints.length ?? 0;
}

async function areOnBridges(): Promise<string | undefined> {
  const counts = await Promise.allSettled(bridges.map((bridge) => endpointsAt(bridge)));
  const values = counts.map((count) => (count.status === "fulfilled" ? count.value : 0));
  return values.reduce((sum, count) => sum + count, 0) === 3 ? undefined : values.join();
}

test("telephones at two gateways and on two bridges are heard", { skip }, async () => {
  teacher = await Participant.join(scene.browser, scene.stack.roomUrl(room, "?lang=en"), anna);
  await callIn("sip-gateway", tones[0]);
  await callIn("sip-gateway-2", tones[1]);
  for (const bridge of bridges) assert.ok((await endpointsAt(bridge)) > 0, bridge);
});

test("a bridge is drained: the telephones on it move, and no call ends", { skip }, async () => {
  const url = `http://127.0.0.1:${scene.stack.privatePortOf("videobridge")}/colibri/drain`;
  assert.ok((await fetch(`${url}/enable`, { method: "POST" })).ok);
  await eventually(
    "the bridge is empty",
    async () => ((await endpointsAt("videobridge")) === 0 ? undefined : "it is not"),
    longMs,
  );
  await stillHears(tones.slice(0, 2));
  assert.ok((await fetch(`${url}/disable`, { method: "POST" })).ok);
  assert.equal(phones.filter((phone) => phone.count("CALL_CLOSED") > 0).length, 0);
});

test("kill -9 of the bridge that has them: they are heard again from another", { skip }, async () => {
  await scene.stack.local.kill("videobridge-2");
  await eventually("all three are on bridges", areOnBridges, longMs);
  await stillHears(tones.slice(0, 2));
  assert.equal(phones.filter((phone) => phone.count("CALL_CLOSED") > 0).length, 0);
});

test("who is dialled is dialled by the gateway with fewer calls", { skip }, async () => {
  phoneAt(0).hangUp();
  await seesPhones(teacher, "one", (seen) => seen.length === 1);
  await eventually("the first gateway is empty", async () =>
    (await callsAt("sip-gateway")).length === 0 ? undefined : "it is not",
  );
  const called = await Phone.start({ user: "74950001400", toneHz: tones[2] });
  phones.push(called);
  await teacher.press("more");
  await teacher.press("invite-people");
  await teacher.page.fill("#dial-number", called.address);
  await teacher.press("dial");
  await called.comes("CALL_INCOMING");
  called.answer();
  await hears(teacher, tones[2]);
  await teacher.page.keyboard.press("Escape");
  assert.deepEqual([(await callsAt("sip-gateway")).length, (await callsAt("sip-gateway-2")).length], [1, 1]);
});

test("kill -9 of a gateway: its call ends, the other's goes on", { skip }, async () => {
  await scene.stack.local.kill("sip-gateway");
  await seesPhones(teacher, "one", (seen) => seen.length === 1, longMs);
  await phoneAt(2).comes("CALL_CLOSED", 1, longMs);
  await hears(teacher, tones[1]);
  assert.equal(phoneAt(1).count("CALL_CLOSED"), 0);
  await scene.stack.local.ready();
  await callIn("sip-gateway", tones[0]);
});

test("the telephone that stayed hears the others to the end, and what was told holds every promise", {
  skip,
}, async () => {
  await hears(teacher, tones[1]);
  await pause(2_000);
  phoneAt(1).hangUp();
  const sound = await phoneAt(1).heard();
  for (const hz of [anna.toneHz, tones[0]])
    assert.ok(sound.hears(hz, sound.seconds - 2, 1.5), `${hz} Hz: ${sound.level(hz, sound.seconds - 2, 1.5)} dB`);
  phoneAt(3).hangUp();
  await seesPhones(teacher, "nobody", (seen) => seen.length === 0);
  await teacher.hangUp();
  const facts = await promisesHeld(
    scene.stack.local,
    room,
    phones.map(({ user }) => user),
    { timeoutMs: 60_000 },
  );
  const ended = facts.filter((fact) => nameOf(fact) === "sip.call-ended").map((fact) => bodyOf(fact).cause);
  assert.equal(ended.length, 4);
  assert.equal(ended.filter((cause) => cause === "gateway-lost").length, 1);
});
