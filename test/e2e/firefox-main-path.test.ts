/** The whole way through a lesson in Firefox: from the start page to the goodbye, beside somebody in Chromium. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutBrowser, withoutFirefox } from "../harness/browser.ts";
import { anna, boris } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { takePicture } from "../harness/picture.ts";
import { hearsNothingOf, perceives } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";

const skip = withoutBrowser() || withoutFirefox();
const scene = setScene({ skip, hasFirefox: true });
const room = "5А класс — физика";
let fox: Participant;
let other: Participant;

test("a room's name on the start page, a look at camera and microphone, and in", { skip }, async () => {
  other = await Participant.join(scene.browser, scene.stack.roomUrl(room), boris);
  fox = await Participant.arrive(scene.firefox, anna);
  await fox.page.goto(scene.stack.local.urls.http);
  await takePicture(fox.page, "firefox-welcome");
  await fox.page.fill("#room-name", room);
  await fox.press("go");
  await fox.page.waitForSelector("#display-name");
  await fox.page.fill("#display-name", anna.name);
  await fox.until("has a camera", ({ videoMuted }) => !videoMuted);
  await fox.page.waitForSelector(".preview video");
  await takePicture(fox.page, "firefox-prejoin");
  await fox.press("join");
  await fox.inCall();
  await allPerceiveAll([fox, other]);
  await takePicture(fox.page, "firefox-call");
});

test("chat, both ways", { skip }, async () => {
  await fox.say("из Firefox");
  await other.until("has it", ({ chat }) => chat.some(({ text }) => text === "из Firefox"));
  await other.say("из Chromium");
  await fox.until("has the answer", ({ chat }) => chat.some(({ text }) => text === "из Chromium"));
  await takePicture(fox.page, "firefox-chat");
  await fox.press("chat");
});

test("muted and heard again, a hand raised and lowered", { skip }, async () => {
  const endpoint = await fox.endpoint();
  await fox.press("microphone");
  await other.shows("sees the mark", `${other.tile(endpoint)} .mark.muted`);
  await hearsNothingOf(other.page, endpoint);
  await fox.press("microphone");
  await perceives(other.page, [anna]);
  await fox.press("raisehand");
  await other.shows("sees the palm", `${other.tile(endpoint)} .mark.hand`);
  await fox.press("raisehand");
  await other.hides("sees no palm", `${other.tile(endpoint)} .mark.hand`);
});

test("settings and the menus open and close there too", { skip }, async () => {
  await fox.press("more");
  await fox.press("settings");
  await fox.shows("has them open", "dialog[open]");
  await takePicture(fox.page, "firefox-settings");
  await fox.page.keyboard.press("Escape");
  await fox.hides("has closed them", "dialog[open]");
});

test("goodbye, and the other is told", { skip }, async () => {
  const endpoint = await fox.endpoint();
  await fox.hangUp();
  await takePicture(fox.page, "firefox-left");
  await other.hides("sees nobody there", other.tile(endpoint));
  for (const each of [fox, other]) assert.deepEqual(each.troubles, []);
});
