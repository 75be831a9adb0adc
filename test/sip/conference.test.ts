/** Telephones and browsers in one room, as people hear and see it. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { withoutBrowser } from "../harness/browser.ts";
import { nameOf, promisesHeld } from "../harness/facts.ts";
import { anna, boris } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { withoutFfmpeg } from "../harness/recording/ffmpeg.ts";
import { hearsNothingOf } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";
import { dialIn, hears, oneGateway, withoutGateway } from "../harness/telephone/gateway.ts";
import { Phone, withoutPhones } from "../harness/telephone/phone.ts";

const skip = withoutBrowser() || withoutFfmpeg() || withoutPhones() || withoutGateway();
const scene = setScene({ skip, ...oneGateway });
const room = "TelephoneLesson";
/** Softer than this is what the tones of the others leave at that pitch; `services/sip-gateway/sound` measures without them. */
const itselfDb = -45;
/** Longer than what a codec takes to settle. */
const talkMs = 4_000;

const people: Participant[] = [];
const phones: Phone[] = [];
let dialled: Phone | undefined;

after(async () => {
  for (const phone of phones) await phone[Symbol.asyncDispose]();
});

const teacher = (): Participant => people[0] as Participant;

async function callIn(user: string, toneHz: number): Promise<Phone> {
  const phone = await Phone.start({ user, toneHz });
  phones.push(phone);
  await dialIn(scene.stack, phone, room);
  return phone;
}

/** The endpoint of the one telephone in the room. */
async function onlyCall(who: Participant): Promise<string> {
  const { participants } = (await who.state()) as unknown as {
    readonly participants: readonly { readonly id: string; readonly isPhone: boolean }[];
  };
  const [call, ...others] = participants.filter(({ isPhone }) => isPhone);
  assert.ok(call && others.length === 0, JSON.stringify(participants));
  return call.id;
}

test("two people talk, and two telephones come in by the code of the room", { skip }, async () => {
  for (const identity of [anna, boris])
    people.push(await Participant.join(scene.browser, scene.stack.roomUrl(room, "?lang=en"), identity));
  await allPerceiveAll(people);
  await callIn("74951111111", 600);
  await callIn("74952222222", 1000);
  for (const each of people) await each.until("sees both telephones", ({ participants }) => participants.length === 3);
});

test("everybody hears everybody else, and no telephone itself", { skip }, async () => {
  for (const each of people) for (const toneHz of [600, 1000]) await hears(each, toneHz);
  await pause(talkMs);
  for (const phone of phones) phone.hangUp();
  for (const [index, phone] of phones.entries()) {
    const sound = await phone.heard();
    const [from, seconds] = [sound.seconds - talkMs / 1_000, talkMs / 1_000 - 0.5];
    const [own = 0, other = 0] = index === 0 ? [600, 1000] : [1000, 600];
    for (const hz of [anna.toneHz, boris.toneHz, other])
      assert.ok(sound.hears(hz, from, seconds), `${phone.user} hears ${hz} Hz: ${sound.level(hz, from, seconds)} dB`);
    assert.ok(
      sound.level(own, from, seconds) < itselfDb,
      `${phone.user} hears itself: ${sound.level(own, from, seconds)} dB`,
    );
  }
  for (const each of people)
    await each.until("sees that they have gone", ({ participants }) => participants.length === 1);
});

test("a moderator dials a telephone; it rings, is answered, and is heard", { skip }, async () => {
  dialled = await Phone.start({ user: "74953333333", toneHz: 1400 });
  phones.push(dialled);
  await teacher().press("more");
  await teacher().press("invite-people");
  await teacher().page.fill("#dial-number", dialled.address);
  await teacher().press("dial");
  await dialled.comes("CALL_INCOMING");
  await teacher().shows("sees it ring", '[data-call]:has-text("Ringing")');
  dialled.answer();
  await teacher().shows("sees it answered", '[data-call]:has-text("Connected")');
  await teacher().page.keyboard.press("Escape");
  for (const each of people) await hears(each, 1400);
});

test("a moderator mutes the telephone, and sends it away", { skip }, async () => {
  const call = await onlyCall(teacher());
  await teacher().page.keyboard.press("KeyP");
  await teacher().page.click(`[data-testid="participant-more-options-${call}"]`);
  await teacher().page.click(`[data-person="${call}"] .menu [data-testid="mute-audio-${call}"]`);
  for (const each of people) await hearsNothingOf(each.page, call);
  await teacher().page.click(`[data-testid="participant-more-options-${call}"]`);
  await teacher().page.click(`[data-person="${call}"] .menu [data-testid="kick-${call}"]`);
  await teacher().press("modal-dialog-ok-button");
  await dialled?.comes("CALL_CLOSED");
  for (const each of people) await each.until("sees that it has gone", ({ participants }) => participants.length === 1);
  await teacher().page.keyboard.press("KeyP");
});

test("what was told of the sitting holds every promise", { skip }, async () => {
  for (const each of people) await each.hangUp();
  const facts = await promisesHeld(scene.stack.local, room, ["74951111111", "74952222222", "74953333333"]);
  const names = facts.map(nameOf);
  for (const [name, count] of [
    ["sip.call-started", 3],
    ["sip.call-ended", 3],
    ["sip.call-ringing", 1],
  ] as const)
    assert.equal(names.filter((each) => each === name).length, count, name);
});
