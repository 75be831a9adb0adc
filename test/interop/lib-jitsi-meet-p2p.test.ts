/** Two unmodified lib-jitsi-meet alone in a room talk without the bridge, where the operator has switched that on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { anna, boris, vera } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { perceives } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import { Peer, withoutPeer } from "./peer.ts";

const skip = withoutPeer();
const scene = setScene({ skip, env: { ENABLE_P2P: "1" } });
let first: Peer;
let second: Peer;

async function peerIn(room: string, identity: typeof anna): Promise<Peer> {
  const peer = await Peer.open(scene, identity);
  await peer.join(room, identity.name);
  return peer;
}

const isDirect = (peer: Peer) => peer.call<boolean>("isP2PActive");

test("two see and hear each other directly, and keep their sessions with the bridge", { skip }, async () => {
  first = await peerIn("p2p", anna);
  second = await peerIn("p2p", boris);
  for (const peer of [first, second]) await peer.heard("P2P_STATUS", (isOn) => isOn === "true", 20_000);
  await Promise.all([perceives(first.page, [boris]), perceives(second.page, [anna])]);
  assert.deepEqual(await Promise.all([first, second].map(isDirect)), [true, true]);
  for (const peer of [first, second]) {
    assert.equal(await peer.call("jvbJingleSession.peerconnection.getConnectionState"), "connected");
  }
});

test("a third brings all of them back to the bridge", { skip }, async () => {
  for (const peer of [first, second]) await peer.listen();
  const third = await peerIn("p2p", vera);
  for (const peer of [first, second]) await peer.hears("P2P_STATUS", (isOn) => isOn === "false", 20_000);
  await Promise.all([
    perceives(first.page, [boris, vera], { timeoutMs: 20_000 }),
    perceives(second.page, [anna, vera], { timeoutMs: 20_000 }),
    perceives(third.page, [anna, boris], { timeoutMs: 20_000 }),
  ]);
  assert.deepEqual(await Promise.all([first, second, third].map(isDirect)), [false, false, false]);
  for (const peer of [first, second, third]) await peer.leave();
});

test("our web app declines such a call, and it stays on the bridge", { skip }, async () => {
  const app = await Participant.join(scene.browser, scene.stack.roomUrl("declined"), anna);
  const peer = await Peer.open(scene, boris);
  await peer.page.evaluate("config.testing = { forceInitiator: true }");
  await peer.join("declined", boris.name);
  await peer.heard("P2P_OFFERED");
  await eventually("the offer was declined", async () =>
    (await peer.page.evaluate<boolean>("peer.hasDirectSession()")) ? "it still waits" : undefined,
  );
  await Promise.all([perceives(app.page, [boris]), perceives(peer.page, [anna])]);
  assert.equal(await isDirect(peer), false);
  assert.deepEqual(
    (await peer.events()).filter(({ name }) => name === "P2P_STATUS" || name === "CONFERENCE_FAILED"),
    [],
  );
  assert.deepEqual(app.troubles, []);
  await peer.leave();
  await app.hangUp();
});
