/** How calls end with their conference, and how one that is there first waits for people. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { nameOf, promisesHeld } from "../harness/facts.ts";
import { anna } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { setScene } from "../harness/stack.ts";
import { callsOf, dialIn, hears, oneGateway, seesPhones, withoutGateway } from "../harness/telephone/gateway.ts";
import { Phone, withoutPhones } from "../harness/telephone/phone.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser() || withoutPhones() || withoutGateway();
const scene = setScene({ skip, size: oneGateway.size, env: { ...oneGateway.env, VECHE_ONLY_CALLS_TIMEOUT: "3s" } });
const endMs = { timeoutMs: 60_000 };

let phone: Phone;
let other: Phone | undefined;

after(async () => {
  for (const each of [phone, other]) await each?.[Symbol.asyncDispose]();
});

async function isInside(): Promise<void> {
  await eventually("the call is in the room", async () => {
    const calls = await callsOf(scene.stack);
    return calls.some(({ stands }) => stands === "inside") ? undefined : JSON.stringify(calls);
  });
}

const nothingIsLeft = () =>
  eventually(
    "no call is left",
    async () => {
      const calls = await callsOf(scene.stack);
      return calls.length === 0 ? undefined : JSON.stringify(calls);
    },
    endMs,
  );

test("a telephone that is first waits, and is heard once somebody comes", { skip }, async () => {
  phone = await Phone.start({ user: "74951111111", toneHz: 600 });
  await dialIn(scene.stack, phone, "CallsWait");
  await isInside();
  const person = await Participant.join(scene.browser, scene.stack.roomUrl("CallsWait"), anna);
  await hears(person, 600);
  await person.hangUp();
  await person.page.context().close();
});

test("once nobody but calls is left they end, and so does the sitting", { skip }, async () => {
  await phone.comes("CALL_CLOSED", 1, endMs);
  await nothingIsLeft();
  await promisesHeld(scene.stack.local, "CallsWait", [phone.user]);
});

test("a moderator ends the conference for all, and the telephones' calls with it", { skip }, async () => {
  const person = await Participant.join(scene.browser, scene.stack.roomUrl("CallsEnd"), anna);
  await dialIn(scene.stack, phone, "CallsEnd");
  other = await Phone.start({ user: "74952222222", toneHz: 1000 });
  await dialIn(scene.stack, other, "CallsEnd");
  await seesPhones(person, "both", (phones) => phones.length === 2);
  for (const toneHz of [600, 1000]) await hears(person, toneHz);
  await person.press("hangup");
  await person.press("end-conference");
  await person.isOn("left");
  await phone.comes("CALL_CLOSED", 2, endMs);
  await other.comes("CALL_CLOSED", 1, endMs);
  await nothingIsLeft();
  const facts = await promisesHeld(scene.stack.local, "CallsEnd", [phone.user, other.user]);
  const ended = facts.filter((fact) => nameOf(fact) === "sip.call-ended");
  assert.equal(ended.length, 2);
});
