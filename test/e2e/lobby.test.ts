/** A room with a lobby: people knock, a moderator lets them in or turns them away; the password is another way in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { anna, boris, gleb, type Identity, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { setScene } from "../harness/stack.ts";

const skip = withoutBrowser();
const scene = setScene({ skip });
const room = "5А — контрольная";
const password = "Ключ 42";
let host: Participant;
let guest: Participant;

async function comes(identity: Identity): Promise<Participant> {
  const participant = await Participant.arrive(scene.browser, identity);
  await participant.ask(scene.stack.roomUrl(room));
  return participant;
}

async function knocks(identity: Identity): Promise<Participant> {
  const participant = await comes(identity);
  await participant.isOn("knocking");
  await host.until("is told who knocks", ({ knockers }) => knockers.some(({ name }) => name === identity.name));
  return participant;
}

const decide = (act: "admit" | "reject"): Promise<void> => host.page.click(`[data-knocker] [data-act="${act}"]`);

test("a moderator switches the lobby on; who is in the room stays in it", { skip }, async () => {
  host = await Participant.join(scene.browser, scene.stack.roomUrl(room), anna);
  guest = await Participant.join(scene.browser, scene.stack.roomUrl(room), boris);
  await allPerceiveAll([host, guest]);
  await host.press("security");
  await host.page.check("#lobby-switch");
  for (const each of [host, guest])
    await each.until("knows of the lobby", ({ roomInfo }) => roomInfo.lobby !== undefined);
  await host.page.keyboard.press("Escape");
  await allPerceiveAll([host, guest]);
  assert.equal((await guest.state()).isModerator, false);
});

test("who knocks waits, is let in, is seen and heard", { skip }, async () => {
  const newcomer = await knocks(vera);
  assert.deepEqual((await guest.state()).knockers, [], "only moderators are told");
  await decide("admit");
  await newcomer.inCall();
  await host.until("has nobody waiting", ({ knockers }) => knockers.length === 0);
  await allPerceiveAll([host, guest, newcomer]);
  await newcomer.hangUp();
  await newcomer.page.context().close();
});

test("who is turned away is told so", { skip }, async () => {
  const stranger = await knocks(gleb);
  await decide("reject");
  await stranger.isOn("refused");
  await host.until("has nobody waiting", ({ knockers }) => knockers.length === 0);
  await stranger.page.context().close();
});

test("who goes away waits no longer", { skip }, async () => {
  const stranger = await knocks(gleb);
  await stranger.page.goto("about:blank");
  await host.until("has nobody waiting", ({ knockers }) => knockers.length === 0);
  await stranger.page.context().close();
});

test("who has no name is asked for it before knocking", { skip }, async () => {
  const nameless = await comes({ ...gleb, name: "" });
  await nameless.isOn("knocking");
  await nameless.page.fill("#knock-name", gleb.name);
  await nameless.press("knock");
  await host.until("is told who knocks", ({ knockers }) => knockers.some(({ name }) => name === gleb.name));
  await nameless.page.context().close();
  await host.until("has nobody waiting", ({ knockers }) => knockers.length === 0, { timeoutMs: 90_000 });
});

test("who knows the password need not wait", { skip }, async () => {
  await host.press("security");
  await host.page.fill("#new-password", password);
  await host.press("set-password");
  await host.until("has a room with both", ({ roomInfo }) => roomInfo.hasPassword && roomInfo.lobby !== undefined);
  await host.page.keyboard.press("Escape");
  const knower = await knocks(gleb);
  await knower.page.click("#password-instead summary");
  await knower.page.fill("#room-password", "wrong");
  await knower.page.press("#room-password", "Enter");
  await knower.shows("is told that it is wrong", "#password-instead [role=alert]");
  await knower.isOn("knocking");
  await knower.page.fill("#room-password", password);
  await knower.page.press("#room-password", "Enter");
  await knower.inCall();
  await allPerceiveAll([host, guest, knower]);
  await knower.hangUp();
});

test("a lobby that is switched off lets in all who wait", { skip }, async () => {
  await host.press("security");
  await host.press("remove-password");
  await host.until("has no password", ({ roomInfo }) => !roomInfo.hasPassword);
  await host.page.keyboard.press("Escape");
  const patient = await knocks(vera);
  await host.press("security");
  await host.page.uncheck("#lobby-switch");
  await patient.inCall();
  for (const each of [host, guest])
    await each.until("knows of no lobby", ({ roomInfo }) => roomInfo.lobby === undefined);
  await host.page.keyboard.press("Escape");
  await allPerceiveAll([host, guest, patient]);
  for (const each of [host, guest, patient]) assert.deepEqual(each.troubles, []);
});
