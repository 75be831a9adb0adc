/** Our web app in Firefox, in one room with others in Chromium. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutBrowser, withoutFirefox } from "../harness/browser.ts";
import { anna, boris, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { hearsNothingOf, sightsOf } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser() || withoutFirefox();
const scene = setScene({ skip, hasFirefox: true });
const room = "firefox";
let first: Participant;
let second: Participant;
let fox: Participant;

test("somebody in Firefox sees and hears two others, and is seen and heard, over UDP", { skip }, async () => {
  fox = await Participant.join(scene.firefox, scene.stack.roomUrl(room), anna);
  first = await Participant.join(scene.browser, scene.stack.roomUrl(room), boris);
  second = await Participant.join(scene.browser, scene.stack.roomUrl(room), vera);
  await allPerceiveAll([fox, first, second]);
  const { transport } = await fox.stats();
  assert.equal(transport?.protocol, "udp");
  assert.equal(transport.dtls, "connected");
});

test("microphone and camera are switched off and on again", { skip }, async () => {
  const endpoint = await fox.endpoint();
  await fox.press("microphone");
  await hearsNothingOf(first.page, endpoint);
  await fox.press("camera");
  await first.hides("sees no picture", `${first.tile(endpoint)} video`);
  await fox.press("microphone");
  await fox.press("camera");
  await allPerceiveAll([fox, first, second]);
});

test("a shared screen is seen beside the camera", { skip }, async () => {
  await fox.press("desktop");
  await eventually("the screen", async () => {
    const sights = await sightsOf(second.page);
    return sights.some(({ color }) => color === anna.screenColor) ? undefined : JSON.stringify(sights);
  });
  await fox.press("desktop");
  await allPerceiveAll([fox, first, second]);
});

test("a message passes both ways", { skip }, async () => {
  await fox.say("from Firefox");
  await first.until("has it", ({ chat }) => chat.some(({ text }) => text === "from Firefox"));
  await first.say("from Chromium");
  await fox.until("has it", ({ chat }) => chat.some(({ text }) => text === "from Chromium"));
});

test("who leaves comes back, over TCP where UDP is left out", { skip }, async () => {
  await fox.hangUp();
  await fox.page.close();
  fox = await Participant.join(scene.firefox, scene.stack.roomUrl(room), anna, {
    overrides: ["config.webrtcIceUdpDisable=true"],
  });
  await allPerceiveAll([fox, first, second]);
  assert.equal((await fox.stats()).transport?.protocol, "tcp");
});

test("no page complained", { skip }, () => {
  for (const each of [fox, first, second]) assert.deepEqual(each.troubles, [], each.identity.name);
});
