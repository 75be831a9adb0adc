/** A moderator and two others: who is here, who may speak, who stays, and what is known of it afterwards. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { anna, boris, gleb, type Identity, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { hearsNothingOf, perceives } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser();
const scene = setScene({ skip });
const room = "5А — опрос";
/** What a spreadsheet would calculate. */
const formula: Identity = { ...gleb, name: '=HYPERLINK("http://x","Gleb")' };
const pane = "#participants-pane";
let host: Participant;
let pupil: Participant;
let other: Participant;
let pupilId: string;
let otherId: string;

const row = (id: string) => `${pane} [data-person="${id}"]`;

async function choose(id: string, action: string): Promise<void> {
  await host.page.click(`${pane} [data-testid="participant-more-options-${id}"]`);
  await host.page.click(`${pane} .menu [data-testid="${action}-${id}"]`);
}

async function chooseForAll(action: string): Promise<void> {
  await host.press("participants-pane-context-menu");
  await host.press(`participants-pane-context-menu-${action}`);
}

const isTold = (who: Participant, notice: string) => who.shows(`is told ${notice}`, `[data-notice="${notice}"]`);
const answer = (who: Participant, notice: string) => who.page.click(`[data-notice="${notice}"] .button:not(.square)`);
const hasHandUp = (who: Participant) => who.page.evaluate<boolean>("veche.state().handRaised");

async function order(): Promise<string[]> {
  return host.page.$$eval(`${pane} [data-person]`, (rows) =>
    rows.map((each) => each.getAttribute("data-person") ?? ""),
  );
}

test("the pane opens by its key and lists everybody with their roles", { skip }, async () => {
  host = await Participant.join(scene.browser, scene.stack.roomUrl(room), anna);
  pupil = await Participant.join(scene.browser, scene.stack.roomUrl(room), boris);
  other = await Participant.join(scene.browser, scene.stack.roomUrl(room), vera);
  pupilId = await pupil.endpoint();
  otherId = await other.endpoint();
  await allPerceiveAll([host, pupil, other]);
  await host.page.keyboard.press("KeyP");
  await host.shows("sees the others", row(otherId));
  assert.equal((await order())[0], await host.endpoint(), "who looks comes first while no hand is up");
  assert.match((await host.page.textContent(`${pane} .person-role`)) ?? "", /\S/);
  assert.equal(await host.page.textContent("#participants-count span"), "3");
  assert.equal(await pupil.page.$("#participants-pane-mute-all"), null);
});

test("hands stand first in the order in which they went up, and a moderator lowers one or all", { skip }, async () => {
  await other.press("raisehand");
  await host.shows("sees the first hand", `${row(otherId)}.hand-up`);
  await pupil.press("raisehand");
  await host.shows("sees the second hand", `${row(pupilId)}.hand-up`);
  assert.deepEqual((await order()).slice(0, 2), [otherId, pupilId]);
  await choose(otherId, "lower-hand");
  await isTold(other, "notify.handLowered");
  assert.equal(await hasHandUp(pupil), true);
  await chooseForAll("lower-hands");
  await host.hides("sees no hand", `${pane} .hand-up`);
  for (const each of [pupil, other]) assert.equal(await hasHandUp(each), false);
});

test("a moderator mutes one, and asks them to speak again", { skip }, async () => {
  await host.page.hover(row(pupilId));
  await host.page.click(`${row(pupilId)} .person-quick`);
  await isTold(pupil, "notify.mutedRemotelyTitle");
  await hearsNothingOf(other.page, pupilId);
  await choose(pupilId, "unmute-audio");
  await isTold(pupil, "notify.hostAskedUnmute");
  await answer(pupil, "notify.hostAskedUnmute");
  await perceives(other.page, [anna, boris]);
});

test("camera and screen are stopped, and all at once", { skip }, async () => {
  await pupil.press("desktop");
  await host.shows("sees the screen", host.tile(pupilId, "desktop"));
  await choose(pupilId, "mute-desktop");
  await isTold(pupil, "notify.desktopMutedRemotelyTitle");
  await host.hides("sees no screen", host.tile(pupilId, "desktop"));
  await choose(pupilId, "mute-video");
  await pupil.until("has no camera", ({ videoMuted }) => videoMuted);
  await chooseForAll("stop-video");
  await other.until("has no camera", ({ videoMuted }) => videoMuted);
  await host.press("participants-pane-mute-all");
  for (const each of [pupil, other]) await each.until("is muted", ({ audioMuted }) => audioMuted);
  const { audioMuted, videoMuted } = await host.state();
  assert.deepEqual({ audioMuted, videoMuted }, { audioMuted: false, videoMuted: false });
  for (const each of [pupil, other]) {
    await each.press("camera");
    await each.press("microphone");
  }
  await allPerceiveAll([host, pupil, other]);
});

test("with moderation one asks by hand, is let speak, and can be taken back", { skip }, async () => {
  await chooseForAll("start-audio-moderation");
  for (const each of [pupil, other]) await each.until("is muted", ({ audioMuted }) => audioMuted);
  await isTold(pupil, "notify.moderationInEffectTitle");
  await pupil.press("microphone");
  assert.equal((await pupil.state()).audioMuted, true, "may not by itself");
  await pupil.page.keyboard.press("KeyP");
  await pupil.shows("reads what is moderated", '#moderation-line[data-moderated="audio"]');
  await answer(pupil, "notify.moderationInEffectTitle");
  await isTold(host, "notify.moderationRequestFromParticipant");
  await answer(host, "notify.moderationRequestFromParticipant");
  await isTold(pupil, "notify.hostAskedUnmute");
  await answer(pupil, "notify.hostAskedUnmute");
  await perceives(other.page, [anna, boris]);
  assert.equal((await other.state()).audioMuted, true);
  await choose(pupilId, "take-back-audio");
  await hearsNothingOf(other.page, pupilId);
  await chooseForAll("stop-audio-moderation");
  await pupil.hides("reads nothing of moderation", "#moderation-line");
  for (const each of [pupil, other]) await each.press("microphone");
  await allPerceiveAll([host, pupil, other]);
  await pupil.press("raisehand");
});

test("everybody makes somebody quieter or larger for themselves", { skip }, async () => {
  await host.page.click(`${pane} [data-testid="participant-more-options-${otherId}"]`);
  await host.page.fill(`${pane} [data-testid="volume-${otherId}"]`, "0");
  await eventually("silence here", async () => {
    const volume = await host.page.$eval(
      `[data-endpoint="${otherId}"] audio`,
      (audio) => (audio as unknown as { readonly volume: number }).volume,
    );
    return volume === 0 ? undefined : String(volume);
  });
  await perceives(pupil.page, [anna, vera]);
  await host.page.fill(`${pane} [data-testid="volume-${otherId}"]`, "1");
  await host.page.click(`${pane} .menu [data-testid="pin-${otherId}"]`);
  await eventually("a large picture", async () => {
    const large = await host.page.evaluate<string>("String(veche.state().stage)");
    return large.includes(otherId) ? undefined : large;
  });
});

test("moderators make others moderators, and take it back", { skip }, async () => {
  await choose(otherId, "grant-moderator");
  await host.press("modal-dialog-ok-button");
  await other.until("is a moderator", ({ isModerator }) => isModerator);
  await isTold(other, "notify.moderator");
  await choose(otherId, "revoke-moderator");
  await other.until("is none any more", ({ isModerator }) => !isModerator);
});

test("who waits in the lobby is let in or turned away from the pane", { skip }, async () => {
  await host.press("security");
  await host.page.check("#lobby-switch");
  await host.until("has a lobby", ({ roomInfo }) => roomInfo.lobby !== undefined);
  await host.page.keyboard.press("Escape");
  const stranger = await Participant.arrive(scene.browser, formula);
  await stranger.ask(scene.stack.roomUrl(room));
  await host.page.click(`${pane} [data-waiting] [data-testid^="reject-"]`);
  await stranger.isOn("refused");
  await stranger.page.context().close();
  const guest = await Participant.arrive(scene.browser, formula);
  await guest.ask(scene.stack.roomUrl(room));
  await host.page.click(`${pane} [data-waiting] [data-testid^="admit-"]`);
  await guest.inCall();
  await host.until("has nobody waiting", ({ knockers }) => knockers.length === 0);
  await guest.hangUp();
  await host.until("sees them gone", ({ participants }) => participants.length === 2);
});

test("the table of attendance has everybody, also who has left, and calculates nothing", { skip }, async () => {
  await host.page.keyboard.press("KeyT");
  await host.page.fill("#speaker-stats-search", "вера");
  await eventually("one line", async () => {
    const lines = await host.page.$$eval("#speaker-stats tbody tr", (rows) => rows.map((each) => each.textContent));
    return lines.length === 1 && lines[0]?.includes(vera.name) ? undefined : lines.join(" | ");
  });
  const coming = host.page.waitForEvent("download");
  await host.press("download-attendance");
  const table = await coming;
  assert.match(table.suggestedFilename(), /^5А — опрос \d{4}-\d\d-\d\d\.csv$/);
  const text = await readFile(await table.path(), "utf8");
  const lines = text.replace("\uFEFF", "").trimEnd().split("\r\n");
  assert.equal(lines.length, 5, text);
  for (const name of [anna.name, boris.name, vera.name]) assert.ok(text.includes(name), name);
  assert.ok(
    lines.some((line) => line.startsWith("\"'=HYPERLINK(")),
    text,
  );
  assert.match(lines.find((line) => line.includes(anna.name)) ?? "", /\b[0-3],1,\d:\d\d:\d\d$/);
  await host.page.keyboard.press("Escape");
});

test("who is removed is told so, and gone for the others", { skip }, async () => {
  await choose(pupilId, "kick");
  await host.press("modal-dialog-ok-button");
  await pupil.isOn("left");
  for (const each of [host, other])
    await each.until("sees them gone", ({ participants }) => participants.every(({ id }) => id !== pupilId));
});

test("a moderator ends the meeting for all", { skip }, async () => {
  assert.equal(await other.page.isVisible("#end-conference"), false);
  await host.press("hangup");
  await host.press("end-conference");
  for (const each of [host, other]) await each.isOn("left");
  for (const each of [host, pupil, other]) assert.deepEqual(each.troubles, [], each.identity.name);
});
