/** Telephones of every codec, encrypted and not, in one room; and one whose line loses a fifth of its sound. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { withoutBrowser } from "../harness/browser.ts";
import { anna } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { withoutFfmpeg } from "../harness/recording/ffmpeg.ts";
import { setScene } from "../harness/stack.ts";
import {
  callsOf,
  codeOf,
  dialIn,
  dialInNumber,
  hears,
  oneGateway,
  seesPhones,
  withoutGateway,
} from "../harness/telephone/gateway.ts";
import { LossyLine } from "../harness/telephone/lossy-line.ts";
import { Phone, type PhoneOptions, withoutPhones } from "../harness/telephone/phone.ts";

const skip = withoutBrowser() || withoutFfmpeg() || withoutPhones() || withoutGateway();
const scene = setScene({ skip, ...oneGateway });
const room = "TelephoneCodecs";
/** What would be an echo is at -25; softer than this is what the tones of the others leave at that pitch. */
const itselfDb = -45;
/** Longer than what a codec takes to settle. */
const talkMs = 4_000;

const kinds: readonly PhoneOptions[] = [
  { user: "74951110001", toneHz: 600, codecs: ["G722/16000"] },
  { user: "74951110002", toneHz: 1000, codecs: ["opus/48000/2"] },
  { user: "74951110003", toneHz: 1400, codecs: ["PCMU"], encryption: "srtp-mand" },
  { user: "74951110004", toneHz: 1900, codecs: ["PCMA"] },
];

let teacher: Participant;
const phones: Phone[] = [];

after(async () => {
  for (const phone of phones) await phone[Symbol.asyncDispose]();
});

test("telephones of all codecs come in, one of them encrypted", { skip }, async () => {
  teacher = await Participant.join(scene.browser, scene.stack.roomUrl(room, "?lang=en"), anna);
  for (const kind of kinds) {
    const phone = await Phone.start(kind);
    phones.push(phone);
    await dialIn(scene.stack, phone, room);
    await hears(teacher, kind.toneHz);
  }
  const calls = await callsOf(scene.stack);
  assert.deepEqual(calls.map(({ codec }) => codec).sort(), ["G722", "PCMA", "PCMU", "opus"]);
});

test("each hears all others, and not itself", { skip }, async () => {
  await pause(talkMs);
  for (const phone of phones) phone.hangUp();
  for (const [index, { user, toneHz }] of kinds.entries()) {
    const sound = await (phones[index] as Phone).heard();
    const [from, seconds] = [sound.seconds - talkMs / 1_000, talkMs / 1_000 - 0.5];
    for (const hz of [anna.toneHz, ...kinds.map((kind) => kind.toneHz)]) {
      const level = sound.level(hz, from, seconds);
      if (hz === toneHz) assert.ok(level < itselfDb, `${user} hears itself: ${level} dB`);
      else assert.ok(sound.hears(hz, from, seconds), `${user} hears ${hz} Hz: ${level} dB`);
    }
  }
  await seesPhones(teacher, "nobody", (seen) => seen.length === 0);
});

test("with a fifth of the sound lost both still hear the other", { skip }, async () => {
  const phone = await Phone.start({ user: "74951110005", toneHz: 700 });
  phones.push(phone);
  await using line = await LossyLine.open(scene.stack.local.ports.sip);
  phone.dial(`sip:${dialInNumber}@127.0.0.1:${line.port}`);
  await phone.comes("CALL_ESTABLISHED");
  await phone.press(`${await codeOf(scene.stack, room)}#`);
  await hears(teacher, 700);
  line.loss = 0.2;
  await pause(talkMs);
  await hears(teacher, 700);
  assert.ok(line.lost > 20, `${line.lost} were lost`);
  phone.hangUp();
  const sound = await phone.heard();
  const [from, seconds] = [sound.seconds - talkMs / 1_000, talkMs / 1_000 - 0.5];
  assert.ok(sound.hears(anna.toneHz, from, seconds), `${sound.level(anna.toneHz, from, seconds)} dB`);
});
