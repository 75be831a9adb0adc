/** Microphones, cameras, screens and what is done to their sound and picture, as the other person hears and sees it. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { anna, boris, isTone } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { hearsNothingOf, sightsOf, soundsOf } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";
import { eventually, throughout } from "../harness/wait.ts";

const skip = withoutBrowser();
const scene = setScene({ skip });
const room = "Devices";
const headsetHz = 1730;
const screenHz = 2500;
/** Louder than this is a voice, quieter than that is next to nothing. */
const audibleDb = -55;
let owner: Participant;
let other: Participant;
let endpoint: string;

interface Noticed {
  readonly notice: string;
  readonly button?: number;
}

async function notice(who: Participant, { notice: text, button }: Noticed): Promise<void> {
  const selector = `.notice[data-notice="${text}"]`;
  await who.shows(`is told ${text}`, selector);
  if (button !== undefined) await who.page.click(`${selector} .button:not(.square) >> nth=${button}`);
}

async function hears(hz: number): Promise<void> {
  await eventually(`hearing ${hz} Hz`, async () => {
    const sounds = (await soundsOf(other.page)).filter((sound) => sound.endpoint === endpoint);
    return sounds.some((sound) => isTone(sound, hz)) ? undefined : JSON.stringify(sounds);
  });
}

async function loudness(): Promise<number> {
  const sounds = (await soundsOf(other.page)).filter((sound) => sound.endpoint === endpoint);
  return Math.max(...sounds.map(({ db }) => db));
}

async function sees(color: string | ((color: string) => boolean)): Promise<void> {
  const holds = typeof color === "string" ? (seen: string) => seen === color : color;
  await eventually(`seeing ${color}`, async () => {
    const seen = (await sightsOf(other.page)).find(
      (sight) => sight.endpoint === endpoint && sight.source.endsWith("-v0"),
    );
    return seen && seen.ageMs < 1000 && holds(seen.color) ? undefined : JSON.stringify(seen);
  });
}

async function openSettings(who: Participant, tab: string): Promise<void> {
  await who.press("more");
  await who.press("settings");
  await who.press(`settings-tab-${tab}`);
}

async function closeDialog(who: Participant): Promise<void> {
  await who.page.keyboard.press("Escape");
  await who.hides("has closed the dialog", "dialog[open]");
}

const plug = (act: "plug" | "unplug" | "end", name: string) => owner.page.evaluate(`vechePlugs.${act}("${name}")`);

/** What the others hear lags behind: only the device itself tells that it was taken up again. */
async function isOpen(name: string): Promise<void> {
  await eventually(`${name} is open`, async () =>
    (await owner.page.evaluate<boolean>(`vechePlugs.isOpen("${name}")`)) ? undefined : "it is not",
  );
}

const playedBy = (who: Participant): Promise<string[]> => who.page.evaluate<string[]>("veche.state().played");

const session = async (who: Participant) => (await who.state()).session;

test("two people are in a call", { skip }, async () => {
  owner = await Participant.arrive(scene.browser, anna);
  const plugboard = new URL("../harness/page/plugboard.js", import.meta.url);
  await owner.page.addInitScript({ content: await readFile(plugboard, "utf8") });
  await owner.open(scene.stack.roomUrl(room));
  other = await Participant.join(scene.browser, scene.stack.roomUrl(room), boris);
  await allPerceiveAll([owner, other]);
  endpoint = await owner.endpoint();
});

test("a headset that is plugged in is offered, used, and given up for what is left when it is pulled out", {
  skip,
}, async () => {
  const before = await session(owner);
  await plug("plug", "headset");
  await notice(owner, { notice: "notify.newDeviceAudioTitle", button: 0 });
  await hears(headsetHz);
  await plug("unplug", "headset");
  await notice(owner, { notice: "notify.microphoneInUse" });
  await hears(anna.toneHz);
  // Once chosen among these devices it is taken without a question.
  await plug("plug", "headset");
  await hears(headsetHz);
  assert.equal(await session(owner), before);
});

test("another microphone and another camera are chosen in the settings, and the call goes on", { skip }, async () => {
  const before = await session(owner);
  await plug("plug", "second-camera");
  await openSettings(owner, "audio");
  await owner.page.selectOption("#settings-panel select >> nth=0", "test-microphone");
  await hears(anna.toneHz);
  await owner.press("settings-tab-video");
  await owner.page.selectOption("#settings-panel select >> nth=0", "second-camera");
  await sees("cyan");
  await closeDialog(owner);
  await owner.press("more");
  await owner.press("toggle-camera");
  await sees(anna.color);
  assert.equal(await session(owner), before);
});

test("a device that ends by itself, as after a sleep, comes back; one that is busy is said", { skip }, async () => {
  await plug("end", "test-microphone");
  await isOpen("test-microphone");
  await hears(anna.toneHz);
  await owner.press("camera");
  await owner.page.evaluate("vechePlugs.isBusy = true");
  await owner.press("camera");
  await notice(owner, { notice: "dialog.cameraNotSendingData" });
  await owner.page.evaluate("vechePlugs.isBusy = false");
  await notice(owner, { notice: "dialog.cameraNotSendingData", button: 0 });
  await sees(anna.color);
});

test("who talks while muted is told, and unmutes from there", { skip }, async () => {
  await owner.press("microphone");
  await hearsNothingOf(other.page, endpoint);
  await owner.page.evaluate("vecheCamera.speak(true)");
  await notice(owner, { notice: "toolbar.talkWhileMutedPopup", button: 0 });
  await owner.page.evaluate("vecheCamera.speak(false)");
  await hears(anna.toneHz);
  assert.ok((await playedBy(owner)).includes("talkWhileMuted"));
});

test("one is heard while the key is held, and not after it went up elsewhere", { skip }, async () => {
  await owner.press("microphone");
  await hearsNothingOf(other.page, endpoint);
  await owner.page.mouse.click(480, 200);
  await owner.page.keyboard.down("Space");
  await hears(anna.toneHz);
  await owner.page.keyboard.up("Space");
  await hearsNothingOf(other.page, endpoint);
  await owner.page.keyboard.down("Space");
  await hears(anna.toneHz);
  await owner.page.evaluate("dispatchEvent(new Event('blur'))");
  await hearsNothingOf(other.page, endpoint);
  await owner.page.keyboard.up("Space");
  await owner.until("is muted", ({ audioMuted }) => audioMuted);
});

test("keys work by their place under a Russian layout, and not at all where they are switched off", {
  skip,
}, async () => {
  const press = () =>
    owner.page.evaluate(`dispatchEvent(new KeyboardEvent("keydown", { code: "KeyM", key: "ь", bubbles: true }))`);
  await press();
  await owner.until("is heard", ({ audioMuted }) => !audioMuted);
  await openSettings(owner, "shortcuts");
  await owner.page.click("label[for=keyboard-shortcuts]");
  await closeDialog(owner);
  await press();
  await throughout("staying heard", 400, async () => ((await owner.state()).audioMuted ? "is muted" : undefined));
  await openSettings(owner, "shortcuts");
  await owner.page.click("label[for=keyboard-shortcuts]");
  await closeDialog(owner);
  await owner.page.keyboard.press("Shift+Slash");
  await owner.shows("sees the list of keys", "dialog[open] .keys");
  await closeDialog(owner);
});

test("a screen brings its sound beside the voice, also while muted, and takes it away again", { skip }, async () => {
  await owner.press("desktop");
  await hears(screenHz);
  await owner.press("microphone");
  await eventually("the voice is gone", async () => {
    const sounds = await soundsOf(other.page);
    return sounds.some((sound) => isTone(sound, screenHz)) ? undefined : JSON.stringify(sounds);
  });
  await owner.press("desktop");
  await hearsNothingOf(other.page, endpoint);
  await owner.press("more");
  await owner.press("shareaudio");
  await hears(screenHz);
  assert.equal((await owner.state()).sharing, false);
  await owner.press("more");
  await owner.press("shareaudio");
  await hearsNothingOf(other.page, endpoint);
  await owner.press("microphone");
  await hears(anna.toneHz);
});

test("noise is taken out and a voice is left", { skip }, async () => {
  for (const name of ["fan", "voice"]) await plug("plug", name);
  await openSettings(owner, "audio");
  await owner.page.selectOption("#settings-panel select >> nth=0", "fan");
  await eventually("the fan is heard", async () => ((await loudness()) > audibleDb ? undefined : "silence"));
  await owner.page.click("label[for=noise-suppression]");
  await eventually("the fan is gone", async () => {
    const db = await loudness();
    return db < audibleDb - 15 ? undefined : `${db} dB`;
  });
  await owner.page.selectOption("#settings-panel select >> nth=0", "voice");
  await eventually("the voice is heard", async () => ((await loudness()) > audibleDb ? undefined : "silence"));
  await owner.page.click("label[for=noise-suppression]");
  await owner.page.selectOption("#settings-panel select >> nth=0", "test-microphone");
  await hears(anna.toneHz);
  await closeDialog(owner);
});

test("a picture or blur behind a person is what the others see", { skip }, async () => {
  await owner.press("more");
  await owner.press("select-background");
  await owner.page.click("label.background:has([data-background=night])");
  await sees((color) => color !== anna.color);
  await owner.page.click("label.background:has([data-background=blur])");
  await sees(anna.color);
  await owner.page.click("label.background:has([data-background=none])");
  await sees(anna.color);
  await closeDialog(owner);
});

test("a moderator has newcomers start muted, and is followed", { skip }, async () => {
  await openSettings(owner, "moderator");
  await owner.page.click("label[for=start-audio-muted]");
  await owner.page.click("label[for=follow-me]");
  await eventually("the room has its rule", async () =>
    (await owner.page.isChecked("#start-audio-muted")) ? undefined : "not yet",
  );
  await closeDialog(owner);
  const isAlike = () => other.page.evaluate("veche.state().stage === null");
  const before = await isAlike();
  await owner.press("tileview");
  await eventually("the other page follows", async () => ((await isAlike()) !== before ? undefined : "not yet"));
  await other.hangUp();
  await other.comeBack();
  await other.until("came muted", ({ audioMuted }) => audioMuted);
  await eventually("coming and going are heard", async () => {
    const played = await playedBy(owner);
    return played.includes("leave") && played.includes("join") ? undefined : played.join();
  });
});

test("a microphone that delivers nothing is said", { skip }, async () => {
  await plug("plug", "dead");
  await notice(owner, { notice: "notify.newDeviceAudioTitle", button: 0 });
  await notice(owner, { notice: "toolbar.noAudioSignalTitle" });
});

test("what was chosen is there after a reload", { skip }, async () => {
  await openSettings(owner, "notifications");
  await owner.page.click("label[for=soundsParticipantJoined]");
  await owner.press("settings-tab-more");
  await owner.page.selectOption("#settings-theme", "light");
  await owner.press("settings-tab-background");
  await owner.page.click("label.background:has([data-background=night])");
  await sees((color) => color !== anna.color);
  await closeDialog(owner);
  await owner.page.reload();
  await owner.inCall();
  endpoint = await owner.endpoint();
  // Not for a moment is the room seen that the picture hides.
  await throughout("hiding the room", 2500, async () => {
    const sights = await sightsOf(other.page);
    return sights.find((sight) => sight.endpoint === endpoint && sight.color === anna.color)?.color;
  });
  await sees((color) => color !== anna.color);
  await openSettings(owner, "notifications");
  assert.equal(await owner.page.isChecked("#soundsParticipantJoined"), false);
  assert.equal(await owner.page.isChecked("#soundsParticipantLeft"), true);
  assert.equal(await owner.page.getAttribute("html", "data-theme"), "light");
});

test("no page complained", { skip }, () => {
  // A frame on its way to the worker when a background ends belongs to nobody; Chromium says so as it throws it away.
  const onItsWay = /^A VideoFrame was garbage collected without being closed/;
  for (const { identity, troubles } of [owner, other])
    assert.deepEqual(
      troubles.filter((each) => !onItsWay.test(each)),
      [],
      identity.name,
    );
});
