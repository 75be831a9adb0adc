import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser, openStage, withoutBrowser } from "../harness/browser.ts";
import { anna, nameColor } from "../harness/identities.ts";
import { gapsOf, hearsNothingOf, perceives } from "../harness/senses.ts";
import { eventually } from "../harness/wait.ts";

/** One page that calls itself: what the camera of a test sends must be what its reader reads, through a real codec. */
const loopback = `(async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const [from, to] = [new RTCPeerConnection(), new RTCPeerConnection()];
  globalThis.loop = { stream, from, to };
  from.onicecandidate = (event) => event.candidate && to.addIceCandidate(event.candidate);
  to.onicecandidate = (event) => event.candidate && from.addIceCandidate(event.candidate);
  to.ontrack = ({ track }) => {
    const element = document.createElement(track.kind);
    element.autoplay = true;
    element.srcObject = new MediaStream([track]);
    document.querySelector("[data-endpoint]").append(element);
  };
  for (const track of stream.getTracks()) from.addTrack(track, stream);
  await from.setLocalDescription();
  await to.setRemoteDescription(from.localDescription);
  await to.setLocalDescription();
  await from.setRemoteDescription(to.localDescription);
})()`;

const skip = withoutBrowser();
let browser: Browser;
let page: Page;

before(async () => {
  if (skip) return;
  browser = await launchBrowser();
  page = await openStage(browser, anna);
  // A page of localhost: only a secure one has a camera.
  const body = "<div data-endpoint=a1></div>";
  await page.route("http://localhost/", (route) => route.fulfill({ contentType: "text/html", body }));
  await page.goto("http://localhost/");
});
after(() => browser?.close());

test("a colour is named although a codec bent it, and what is none is not", () => {
  assert.equal(nameColor("190,50,45"), "red");
  assert.equal(nameColor("0,0,0"), "rgb(0,0,0)");
});

test("colour and tone of the test's camera are read back through a real connection", { skip }, async () => {
  await page.evaluate(loopback);
  await perceives(page, [anna]);
});

test("a muted microphone is heard as silence, and the gap is measured", { skip }, async () => {
  await page.evaluate("loop.stream.getAudioTracks()[0].enabled = false");
  await hearsNothingOf(page, "a1");
  await eventually("a gap of half a second", async () => {
    const gap = (await gapsOf(page)).find((each) => each.kind === "audio");
    return gap !== undefined && gap.longestMs > 500 ? undefined : JSON.stringify(gap);
  });
});
