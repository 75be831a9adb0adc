/** Parts that die while somebody telephones: the call goes on, or ends for everybody. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { nameOf, promisesHeld } from "../harness/facts.ts";
import { anna } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { childrenOf } from "../harness/recording/children.ts";
import { withoutFfmpeg } from "../harness/recording/ffmpeg.ts";
import { setScene } from "../harness/stack.ts";
import { dialIn, hears, oneGateway, withoutGateway } from "../harness/telephone/gateway.ts";
import { Phone, withoutPhones } from "../harness/telephone/phone.ts";

const skip = withoutBrowser() || withoutFfmpeg() || withoutPhones() || withoutGateway();
const scene = setScene({ skip, ...oneGateway });
const room = "TelephoneFaults";
const toneHz = 600;

let teacher: Participant;
let phone: Phone | undefined;

after(async () => phone?.[Symbol.asyncDispose]());

async function callIn(): Promise<Phone> {
  await phone?.[Symbol.asyncDispose]();
  phone = await Phone.start({ user: "74951111111", toneHz });
  await dialIn(scene.stack, phone, room);
  await teacher.until("sees the telephone", ({ participants }) => participants.length === 1);
  await hears(teacher, toneHz);
  return phone;
}

test("a telephone is in the room", { skip }, async () => {
  teacher = await Participant.join(scene.browser, scene.stack.roomUrl(room, "?lang=en"), anna);
  await callIn();
});

for (const part of ["xmpp", "focus", "videobridge", "nats"] as const)
  test(`kill -9 of ${part}: the telephone stays, and is heard again`, { skip }, async () => {
    await scene.stack.local.kill(part);
    await scene.stack.local.ready();
    await hears(teacher, toneHz);
    assert.equal(phone?.count("CALL_CLOSED"), 0);
    const { participants } = await teacher.state();
    assert.equal(participants.length, 1);
  });

test("kill -9 of the SIP process: the call ends on both sides, and the next one comes in", { skip }, async () => {
  const gateway = scene.stack.local.pids()["sip-gateway"];
  assert.ok(gateway !== undefined);
  for (const { pid, command } of childrenOf(gateway))
    if (/(^|\/)kamailio$/.test(command[0] ?? "")) process.kill(pid, "SIGKILL");
  await teacher.until("sees that it has gone", ({ participants }) => participants.length === 0);
  await phone?.comes("CALL_CLOSED");
  await callIn();
});

test("kill -9 of the gateway: the call ends on both sides, and the next one comes in", { skip }, async () => {
  await scene.stack.local.kill("sip-gateway");
  await teacher.until("sees that it has gone", ({ participants }) => participants.length === 0);
  await phone?.comes("CALL_CLOSED");
  await scene.stack.local.ready();
  await callIn();
});

test("what was told of it holds every promise: each call has ended once", { skip }, async () => {
  phone?.hangUp();
  await phone?.comes("CALL_CLOSED");
  await teacher.hangUp();
  const facts = await promisesHeld(scene.stack.local, room, ["74951111111"]);
  const names = facts.map(nameOf);
  const count = (name: string) => names.filter((each) => each === name).length;
  assert.deepEqual([count("sip.call-started"), count("sip.call-ended")], [3, 3]);
});
