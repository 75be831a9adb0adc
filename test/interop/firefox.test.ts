/** The unmodified lib-jitsi-meet in Firefox: as a site of somebody else's has it, and with what our config.js does for it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutFirefox } from "../harness/browser.ts";
import { anna, boris, vera } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { perceives, sightsOf } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import { Peer, withoutPeer } from "./peer.ts";

const skip = withoutPeer() || withoutFirefox();
const scene = setScene({ skip, hasFirefox: true });
const room = "firefox";
let app: Participant;
let other: Peer;
let peer: Peer;

const allPerceiveAll = (): Promise<unknown> =>
  Promise.all([
    perceives(app.page, [boris, vera], { timeoutMs: 20_000 }),
    perceives(other.page, [anna, vera], { timeoutMs: 20_000 }),
    perceives(peer.page, [anna, boris], { timeoutMs: 20_000 }),
  ]);

test("the library in Firefox, with no help of ours, sees, hears, is seen and is heard", { skip }, async () => {
  app = await Participant.join(scene.browser, scene.stack.roomUrl(room), anna);
  other = await Peer.open(scene, boris);
  await other.join(room, boris.name);
  peer = await Peer.open(scene, vera, { browser: scene.firefox });
  await peer.join(room, vera.name);
  await allPerceiveAll();
  assert.doesNotMatch(await peer.remoteDescription(), /^a=ice-lite/m);
});

test("its screen reaches the others beside its camera", { skip }, async () => {
  await peer.shareScreen();
  for (const page of [app.page, other.page])
    await eventually("the screen", async () => {
      const sights = await sightsOf(page);
      return sights.some(({ color }) => color === vera.screenColor) ? undefined : JSON.stringify(sights);
    });
  await allPerceiveAll();
});

test("kill -9 of videobridge: it stays, and all see and hear one another again", { skip }, async () => {
  const id = await peer.myId();
  await scene.stack.local.kill("videobridge");
  await scene.stack.local.ready();
  await allPerceiveAll();
  assert.equal(await peer.myId(), id);
});

test("it comes back to its room, told of ice-lite by config.js", { skip }, async () => {
  await peer.leave();
  peer = await Peer.open(scene, vera, { browser: scene.firefox, isHelped: true });
  await peer.join(room, vera.name);
  await allPerceiveAll();
  assert.match(await peer.remoteDescription(), /^a=ice-lite/m);
});
