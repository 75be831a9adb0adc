/** What a telephone can do in a conference: hold and resume, and keys in each of the ways that telephones send them. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { withoutBrowser } from "../harness/browser.ts";
import { anna } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { withoutFfmpeg } from "../harness/recording/ffmpeg.ts";
import { hearsNothingOf } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";
import {
  codeOf,
  dialIn,
  dialInNumber,
  hears,
  oneGateway,
  phonesSeen,
  seesPhones,
  withoutGateway,
} from "../harness/telephone/gateway.ts";
import { Phone, withoutPhones } from "../harness/telephone/phone.ts";
import { SippCall, type Step, withoutSipp } from "../harness/telephone/sipp.ts";

const skip = withoutBrowser() || withoutFfmpeg() || withoutPhones() || withoutSipp() || withoutGateway();
const scene = setScene({ skip, ...oneGateway });
const room = "TelephoneKeys";
/** Longer than what a codec takes to settle. */
const holdMs = 4_000;

let teacher: Participant;
let first: Phone;
let second: Phone;
let firstId: string;

after(async () => {
  for (const phone of [first, second]) await phone?.[Symbol.asyncDispose]();
});

test("two telephones are in the room", { skip }, async () => {
  teacher = await Participant.join(scene.browser, scene.stack.roomUrl(room, "?lang=en"), anna);
  first = await Phone.start({ user: "74951111111", toneHz: 600 });
  await dialIn(scene.stack, first, room);
  await seesPhones(teacher, "the first", (phones) => phones.length === 1);
  firstId = (await phonesSeen(teacher))[0]?.id ?? "";
  second = await Phone.start({ user: "74952222222", toneHz: 1000 });
  await dialIn(scene.stack, second, room);
  for (const toneHz of [600, 1000]) await hears(teacher, toneHz);
});

test("who is on hold is not heard, the others go on, and who comes back is heard", { skip }, async () => {
  first.hold();
  await seesPhones(teacher, "one on hold", (phones) => phones.some(({ callStatus }) => callStatus === "On Hold"));
  await hearsNothingOf(teacher.page, firstId);
  const heldAt = performance.now();
  await pause(holdMs);
  await hears(teacher, 1000);
  first.resume();
  await seesPhones(teacher, "none on hold", (phones) => phones.every(({ callStatus }) => callStatus === "Connected"));
  await hears(teacher, 600);
  const endedAt = performance.now();
  second.hangUp();
  const sound = await second.heard();
  const heldFrom = sound.seconds - (endedAt - heldAt) / 1_000;
  const seconds = holdMs / 1_000 - 1;
  assert.ok(sound.hears(anna.toneHz, heldFrom, seconds), `${sound.level(anna.toneHz, heldFrom, seconds)} dB`);
  assert.ok(sound.level(600, heldFrom, seconds) < -50, `${sound.level(600, heldFrom, seconds)} dB`);
  await seesPhones(teacher, "the first alone", (phones) => phones.length === 1);
});

test("keys of a telephone mute it and raise its hand", { skip }, async () => {
  await first.press("1");
  await seesPhones(teacher, "it muted", ([phone]) => phone?.audioMuted === true);
  await hearsNothingOf(teacher.page, firstId);
  await first.press("2");
  await seesPhones(teacher, "its hand", ([phone]) => phone?.handRaised === true);
  await first.press("2");
  await seesPhones(teacher, "no hand", ([phone]) => phone?.handRaised === false);
  await first.press("3");
  await first.press("*6");
  await seesPhones(teacher, "it unmuted", ([phone]) => phone?.audioMuted === false);
  await hears(teacher, 600);
  first.hangUp();
  await seesPhones(teacher, "nobody", (phones) => phones.length === 0);
});

const transfer: Step = { type: "transfer", to: "sip:900@127.0.0.1:9" };

for (const [way, typed] of [
  ["SIP INFO", (keys: string): Step[] => [...keys].map((key) => ({ type: "info", key }))],
  ["tones", (keys: string): Step[] => [{ type: "tones", keys }]],
] as const)
  test(`code and keys come by ${way}; a transfer is refused, and the call goes on`, { skip }, async () => {
    const code = await codeOf(scene.stack, room);
    const steps: Step[] = [...typed(`${code}#`), { type: "pause", ms: 4_000 }, transfer, ...typed("1"), ...typed("2")];
    await using call = await SippCall.dial({
      port: scene.stack.local.ports.sip,
      to: dialInNumber,
      user: "74953333333",
      steps,
    });
    await seesPhones(teacher, "it muted, with a hand", ([phone]) => phone?.audioMuted === true && phone.handRaised);
    const [phone] = await phonesSeen(teacher);
    await teacher.page.keyboard.press("KeyP");
    await teacher.page.click(`[data-testid="participant-more-options-${phone?.id}"]`);
    await teacher.page.click(`[data-person="${phone?.id}"] .menu [data-testid="kick-${phone?.id}"]`);
    await teacher.press("modal-dialog-ok-button");
    await call.succeeds();
    await seesPhones(teacher, "nobody", (phones) => phones.length === 0);
    await teacher.page.keyboard.press("KeyP");
  });
