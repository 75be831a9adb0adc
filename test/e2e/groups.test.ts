/** A class that works in groups: out, among themselves, and back, on the same page and with the same devices. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { anna, boris, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { perceives, sightsOf, soundsOf } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser();
const scene = setScene({ skip });
const room = "5А — группы";
const pane = "#participants-pane";
let host: Participant;
let pupil: Participant;
let other: Participant;
let pupilId: string;
let otherId: string;
let first: string;

const roomOf = (who: Participant) => who.page.evaluate<string>("veche.state().roomJid");

async function groupsOf(who: Participant): Promise<{ jid: string; name: string }[]> {
  return who.page.$$eval(`${pane} .breakout-room-container`, (found) =>
    found.map((each) => ({ jid: each.getAttribute("data-testid") ?? "", name: each.getAttribute("data-room") ?? "" })),
  );
}

async function hasGroups(who: Participant, names: readonly string[]): Promise<void> {
  await eventually(`${who.identity.name} sees the groups ${names.join(", ")}`, async () => {
    const seen = (await groupsOf(who)).map(({ name }) => name);
    return seen.join() === names.join() ? undefined : seen.join();
  });
}

async function isIn(who: Participant, jid: string): Promise<void> {
  await eventually(`${who.identity.name} is in ${jid}`, async () => {
    const there = await roomOf(who);
    return there === jid ? undefined : there;
  });
}

async function perceivesNobody(who: Participant): Promise<void> {
  await eventually(`${who.identity.name} sees and hears nobody`, async () => {
    const all = [...(await sightsOf(who.page)), ...(await soundsOf(who.page))];
    const others = all.filter(({ endpoint }) => endpoint !== "" && [pupilId, otherId].includes(endpoint));
    return others.length === 0 ? undefined : JSON.stringify(others);
  });
}

test("a moderator makes groups and names them; everybody sees them", { skip }, async () => {
  host = await Participant.join(scene.browser, scene.stack.roomUrl(room), anna);
  pupil = await Participant.join(scene.browser, scene.stack.roomUrl(room), boris);
  other = await Participant.join(scene.browser, scene.stack.roomUrl(room), vera);
  pupilId = await pupil.endpoint();
  otherId = await other.endpoint();
  await allPerceiveAll([host, pupil, other]);
  for (const each of [host, pupil, other]) {
    await each.press("participants-count");
    await each.page.evaluate("globalThis.isSamePage = true");
  }
  await host.press("add-breakout-room");
  await hasGroups(other, ["Group 1"]);
  await host.press("add-breakout-room");
  await hasGroups(host, ["Group 1", "Group 2"]);
  first = (await groupsOf(host))[0]?.jid ?? "";
  await host.page.click(`[data-testid="more-room-${first}"]`);
  await host.page.click(`[id="rename-room-${first}"]`);
  await host.page.fill('input[name="breakoutRoomName"]', "Физики");
  await host.press("modal-dialog-ok-button");
  await hasGroups(other, ["Физики", "Group 2"]);
  assert.equal(await pupil.page.$("#add-breakout-room"), null);
});

test("who is sent to a group is there, on the same page, with camera and microphone, and heard only there", {
  skip,
}, async () => {
  await host.page.click(`${pane} [data-testid="participant-more-options-${pupilId}"]`);
  await host.page.click(`${pane} .menu [data-send="${first}"]`);
  await isIn(pupil, first);
  await pupil.shows("is told where", '[data-notice="breakoutRooms.notifications.joined"]');
  await host.shows("sees them in the group", `[data-testid="${first}"] [data-member="${pupilId}"]`);
  await other.page.click(`${pane} [data-testid="join-room-${first}"]`);
  await isIn(other, first);
  await perceives(pupil.page, [vera]);
  await perceives(other.page, [boris]);
  await perceivesNobody(host);
  assert.equal(await pupil.page.evaluate("globalThis.isSamePage"), true);
  assert.equal(await pupil.page.textContent(".room-title"), "Физики");
});

test("the moderator visits a group and comes back", { skip }, async () => {
  await host.page.click(`${pane} [data-testid="join-room-${first}"]`);
  await allPerceiveAll([host, pupil, other]);
  await host.press("back-to-main-room");
  await host.hides("is in the main room", "#back-to-main-room");
  await perceivesNobody(host);
  await perceives(pupil.page, [vera]);
});

test("whoever likes goes back alone; a group is called back as a whole", { skip }, async () => {
  await pupil.press("leave-breakout-room");
  await perceives(host.page, [boris]);
  await host.page.click(`[data-testid="more-room-${first}"]`);
  await host.page.click(`[id="close-room-${first}"]`);
  await allPerceiveAll([host, pupil, other]);
});

test("people are shared out, and all groups are closed at once", { skip }, async () => {
  await host.press("auto-assign");
  for (const each of [pupil, other]) await each.shows("is in a group", "#back-to-main-room");
  assert.notEqual(await roomOf(pupil), await roomOf(other));
  await host.press("close-all-rooms");
  await host.press("modal-dialog-ok-button");
  await allPerceiveAll([host, pupil, other]);
  for (const each of [host, pupil, other]) {
    await hasGroups(each, []);
    assert.equal(await each.page.evaluate("globalThis.isSamePage"), true);
  }
});

test("who leaves from a group has left the meeting", { skip }, async () => {
  await host.press("add-breakout-room");
  await hasGroups(pupil, ["Group 3"]);
  const [group] = await groupsOf(pupil);
  await pupil.page.click(`${pane} [data-testid="join-room-${group?.jid}"]`);
  await pupil.shows("is in the group", "#back-to-main-room");
  await pupil.press("hangup");
  await pupil.press("leave-conference");
  await pupil.isOn("left");
  await host.hides("sees them nowhere", `${pane} [data-member="${pupilId}"]`);
  for (const each of [host, pupil, other]) assert.deepEqual(each.troubles, [], each.identity.name);
});
