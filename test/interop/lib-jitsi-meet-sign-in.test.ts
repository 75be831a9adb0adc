/** The secure domain as the unmodified lib-jitsi-meet meets it: guests wait, hosts sign in with name and password. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { anna, boris, type Identity } from "../harness/identities.ts";
import { setScene } from "../harness/stack.ts";
import { Peer, ways, withoutPeer } from "./peer.ts";

const skip = withoutPeer();
const teacher = { name: "anna", password: "двадцать два слона", role: "teacher" } as const;
const scene = setScene({
  skip,
  prepare: async ({ stack }) => {
    await stack.administrator.addUser(teacher);
    await stack.administrator.change({ secureDomain: true });
  },
});
const account = { id: `${teacher.name}@meet.jitsi`, password: teacher.password };
const open = (identity: Identity): Promise<Peer> => Peer.open(scene, identity);

for (const [way, join] of ways) {
  const silent = { isWithoutMedia: true, ...join };

  test(`${way}: a guest waits for a host who signs in, then comes in by asking again`, { skip }, async () => {
    const room = `guest-${way.toLowerCase()}`;
    const guest = await open(boris);
    await assert.rejects(guest.join(room, boris.name, silent), /conference\.authenticationRequired/);
    assert.match(await guest.jid(), /@guest\.meet\.jitsi\//);
    const host = await Peer.enter(scene, room, anna, { ...join, ...account });
    assert.match(await host.jid(), /^anna@meet\.jitsi\//);
    await host.isModerator();
    await guest.enter();
    assert.equal(await guest.call<boolean>("isModerator"), false);
  });

  test(`${way}: a guest who turns out to be the host signs in beside the connection, and comes in`, {
    skip,
  }, async () => {
    const room = `upgrade-${way.toLowerCase()}`;
    const host = await open(anna);
    await assert.rejects(host.join(room, anna.name, silent), /conference\.authenticationRequired/);
    await host.call("authenticateAndUpgradeRole", account);
    await host.enter();
    await host.isModerator();
    assert.match(await host.jid(), /@guest\.meet\.jitsi\//, "still the guest's own connection");
    assert.equal(await host.call<boolean>("isAuthEnabled"), true);
    assert.match(await host.call<string>("getAuthLogin"), /^anna@/);
    await host.leave();
    // The page is loaded again: the session id it keeps is enough.
    await host.reload();
    await host.join(room, anna.name, silent);
    await host.isModerator();
  });

  test(`${way}: a wrong password is told as such`, { skip }, async () => {
    const guest = await open(anna);
    const wrong = { ...silent, id: account.id, password: "wrong" };
    await assert.rejects(guest.join("wrong-password", anna.name, wrong), /connection\.passwordRequired/);
    await guest.reload();
    await assert.rejects(guest.join("wrong-password", anna.name, silent), /conference\.authenticationRequired/);
    await assert.rejects(
      guest.call("authenticateAndUpgradeRole", { id: account.id, password: "wrong" }),
      /connection\.passwordRequired/,
    );
  });
}
