/** Tokens of another site, as the unmodified lib-jitsi-meet carries them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { anna, boris, type Identity } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { setScene } from "../harness/stack.ts";
import { settingsOf, tokenOf } from "../harness/token.ts";
import { Peer, ways, withoutPeer } from "./peer.ts";

const skip = withoutPeer();
const issuer = { appId: "moodle", secret: "a secret of the school's own learning platform" };
const scene = setScene({ skip, env: settingsOf(issuer) });
const user = { id: "u-1", name: "Anna from Moodle" };
const open = (identity: Identity): Promise<Peer> => Peer.open(scene, identity);

for (const [way, join] of ways) {
  const silent = { isWithoutMedia: true, ...join };

  test(`${way}: a token opens its room; guests wait for it`, { skip }, async () => {
    const room = `lesson-${way.toLowerCase()}`;
    const guest = await open(boris);
    await assert.rejects(guest.join(room, boris.name, silent), /conference\.authenticationRequired/);
    const token = tokenOf(issuer, { room, context: { user } });
    const host = await Peer.enter(scene, room, anna, { ...join, token });
    await host.isModerator();
    await guest.enter();
    assert.equal(await guest.call<boolean>("isModerator"), false);
  });

  test(`${way}: a token for another room opens none`, { skip }, async () => {
    const host = await open(anna);
    const token = tokenOf(issuer, { room: "another", context: { user } });
    await assert.rejects(host.join(`mismatch-${way.toLowerCase()}`, anna.name, { ...silent, token }), /failed/);
  });

  for (const [what, token] of [
    ["expired", tokenOf(issuer, { exp: Math.floor(Date.now() / 1000) - 3_600 })],
    ["signed by somebody else", tokenOf({ ...issuer, secret: "another" }, {})],
    ["of another issuer", tokenOf({ ...issuer, appId: "elsewhere" }, {})],
  ] as const) {
    test(`${way}: a token ${what} is refused, with a text`, { skip }, async () => {
      const host = await open(anna);
      await assert.rejects(host.join("refused", anna.name, { ...silent, token }), /connection\.passwordRequired \w+/);
    });
  }
}

test("our own page: a token of the address opens the room, a bad one is explained", { skip }, async () => {
  const room = "by-address";
  const token = tokenOf(issuer, { room, context: { user } });
  const host = await Participant.arrive(scene.browser, anna);
  await host.ask(scene.stack.roomUrl(room, `?jwt=${token}`));
  await host.inCall();
  await host.until("is a moderator", ({ isModerator }) => isModerator);
  const late = await Participant.arrive(scene.browser, boris);
  await late.ask(scene.stack.roomUrl(room, `?jwt=${tokenOf(issuer, { exp: 1 })}`));
  await late.isOn("refused");
  const wrong = await Participant.arrive(scene.browser, boris);
  await wrong.ask(scene.stack.roomUrl("somewhere else", `?jwt=${token}`));
  await wrong.isOn("refused");
});
