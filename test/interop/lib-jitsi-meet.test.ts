/** The unmodified lib-jitsi-meet, an unpatched peer, in one room with the web app. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNobodyLost, promisesHeld } from "../harness/facts.ts";
import { anna, boris, vera } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { hearsNothingOf, perceives, sightsOf } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import { Peer, withoutPeer } from "./peer.ts";

const skip = withoutPeer();
const scene = setScene({ skip });
const room = "interop";
let app: Participant;
let peer: Peer;
let second: Peer;

test("the web app and lib-jitsi-meet see and hear each other", { skip }, async () => {
  app = await Participant.join(scene.browser, scene.stack.roomUrl(room), anna);
  peer = await Peer.open(scene, boris);
  await peer.join(room, boris.name);
  await Promise.all([perceives(app.page, [boris]), perceives(peer.page, [anna])]);
});

test("its bridge channel opens, and names are known on both sides", { skip }, async () => {
  await peer.heard("DATA_CHANNEL_OPENED");
  await peer.heard("USER_JOINED", (name) => name === anna.name);
  await app.until("knows the peer's name", ({ participants }) => participants.some(({ name }) => name === boris.name));
});

test("mute marks pass both ways", { skip }, async () => {
  const endpoint = await peer.myId();
  await peer.setMuted("audio", true);
  await app.shows("sees the mark", `${app.tile(endpoint)} .mark.muted`);
  await hearsNothingOf(app.page, endpoint);
  await peer.setMuted("audio", false);
  await app.press("microphone");
  await peer.heard("TRACK_MUTE_CHANGED", (detail) => detail.endsWith("-a0 true") && !detail.startsWith(endpoint));
  await app.press("microphone");
  await Promise.all([perceives(app.page, [boris]), perceives(peer.page, [anna])]);
});

test("a camera of the peer that is switched off and on again is seen again", { skip }, async () => {
  const endpoint = await peer.myId();
  await peer.setMuted("video", true);
  await app.hides("sees no picture", `${app.tile(endpoint)} video`);
  await peer.setMuted("video", false);
  await perceives(app.page, [boris]);
});

test("messages pass both ways", { skip }, async () => {
  await peer.say("from the library");
  await app.until("has it", ({ chat }) => chat.some(({ text }) => text === "from the library"));
  await app.say("from the app");
  await peer.heard("MESSAGE_RECEIVED", (text) => text === "from the app");
});

test("a second peer sees and hears both, and the screen of the first reaches all", { skip }, async () => {
  second = await Peer.open(scene, vera);
  await second.join(room, vera.name);
  await Promise.all([
    perceives(second.page, [anna, boris], { timeoutMs: 20_000 }),
    perceives(app.page, [boris, vera], { timeoutMs: 20_000 }),
    perceives(peer.page, [anna, vera], { timeoutMs: 20_000 }),
  ]);
  await peer.shareScreen();
  for (const page of [app.page, second.page]) {
    await eventually("the peer's screen", async () => {
      const sights = await sightsOf(page);
      return sights.some(({ color }) => color === boris.screenColor) ? undefined : JSON.stringify(sights);
    });
  }
});

test("the dominant speaker is told to the peer", { skip }, async () => {
  const speaker = await app.endpoint();
  for (const each of [peer, second]) await each.page.evaluate("vecheCamera.setLoudness(0.003)");
  await app.page.evaluate("vecheCamera.setLoudness(0.6); vecheCamera.speak(true)");
  await peer.heard("DOMINANT_SPEAKER_CHANGED", (id) => id === speaker, 15_000);
  await app.page.evaluate("vecheCamera.speak(false)");
  for (const each of [peer, second]) await each.page.evaluate("vecheCamera.setLoudness(0.3)");
});

test("no page complained so far", { skip }, () => assert.deepEqual(app.troubles, []));

for (const victim of ["videobridge", "focus", "xmpp"] as const) {
  test(`kill -9 of ${victim}: the peers stay, and all see and hear one another again`, { skip }, async () => {
    const ids = await Promise.all([peer.myId(), second.myId()]);
    await scene.stack.local.kill(victim);
    await scene.stack.local.ready();
    await Promise.all([
      perceives(second.page, [anna, boris], { timeoutMs: 20_000 }),
      perceives(app.page, [boris, vera], { timeoutMs: 20_000 }),
      perceives(peer.page, [anna, vera], { timeoutMs: 20_000 }),
    ]);
    assert.deepEqual(await Promise.all([peer.myId(), second.myId()]), ids);
    // The library waits some seconds before it opens a lost stream again.
    await app.say(`after ${victim}`);
    for (const each of [peer, second])
      await each.heard("MESSAGE_RECEIVED", (text) => text === `after ${victim}`, 15_000);
  });
}

test("who leaves is gone for the other side, and may come back", { skip }, async () => {
  const gone = await second.myId();
  await second.leave();
  await app.hides("sees nobody there", app.tile(gone));
  const own = await app.endpoint();
  await app.hangUp();
  await peer.heard("USER_LEFT", (who) => who.startsWith(own));
  await app.comeBack();
  await Promise.all([perceives(app.page, [boris]), perceives(peer.page, [anna])]);
});

test("what was told of the sitting holds every promise", { skip }, async () => {
  await app.hangUp();
  await peer.leave();
  assertNobodyLost(await promisesHeld(scene.stack.local, room, [anna.name, vera.name]));
  for (const each of [peer, second]) {
    const failures = (await each.events()).filter(({ name }) => name === "CONFERENCE_FAILED" || name === "KICKED");
    assert.deepEqual(failures, []);
  }
});
