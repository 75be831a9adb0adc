/** Only people who have signed in open rooms: switched on and off while others are in a call. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { anna, boris, gleb, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { forgetGaps, gapsOf } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";
import { longestStandstillMs } from "../harness/standstill.ts";

const skip = withoutBrowser();
const scene = setScene({ skip });
const running = "a lesson that goes on";
const room = "5А класс — физика";
const teacher = { name: "anna.petrova", password: "Двадцать два слона" };
const pupil = { name: "gleb", password: "пароль-пупил-7" };
/** What a decoder may miss on a busy machine without anybody having noticed. */
const noticeableMs = 1_500;
const onlookers: Participant[] = [];
let guest: Participant;
let host: Participant;

async function comes(identity: typeof anna, name = room): Promise<Participant> {
  const participant = await Participant.arrive(scene.browser, identity);
  await participant.ask(scene.stack.roomUrl(name));
  return participant;
}

async function signsIn(person: Participant, { name, password }: typeof teacher): Promise<void> {
  if ((await person.page.$("#login-form")) === null) await person.press("i-am-host");
  await person.page.fill("#login-name", name);
  await person.page.fill("#login-password", password);
  await person.press("login-submit");
}

async function failsWith(person: Participant, problem: string): Promise<void> {
  await person.until(`cannot sign in (${problem})`, ({ login }) => login.problem === problem);
  await person.shows("is told so", `#login-form [data-problem="${problem}"]`);
}

test("without the secure domain anybody opens a room", { skip }, async () => {
  for (const identity of [boris, vera])
    onlookers.push(await Participant.join(scene.browser, scene.stack.roomUrl(running), identity));
  await allPerceiveAll(onlookers);
});

test("an administrator adds people and switches the secure domain on with the commands", { skip }, async () => {
  const { administrator } = scene.stack;
  await administrator.addUser({ ...teacher, displayName: anna.name, role: "teacher" });
  await administrator.addUser({ ...pupil, displayName: gleb.name });
  assert.match(await administrator.run("users", "list"), /anna\.petrova.*teacher/);
  await unnoticed(() => administrator.run("settings", "set", "secure-domain", "on"));
});

test("the lesson that goes on does not notice, and others may still come to it", { skip }, async () => {
  const late = await Participant.join(scene.browser, scene.stack.roomUrl(running), gleb);
  await allPerceiveAll([...onlookers, late]);
  await late.hangUp();
  await late.page.context().close();
});

test("a guest who opens a room is asked to wait for its host", { skip }, async () => {
  guest = await comes(boris);
  await guest.isOn("waiting");
  assert.match((await guest.page.textContent("#waiting-page h1")) ?? "", /host/i);
});

test("a wrong name and a wrong password are told alike, and a right one opens the room", { skip }, async () => {
  host = await comes(anna);
  await host.isOn("waiting");
  await signsIn(host, { ...teacher, name: "nobody" });
  await failsWith(host, "wrong");
  await signsIn(host, { ...teacher, password: "22 слона" });
  await failsWith(host, "wrong");
  await signsIn(host, teacher);
  await host.inCall();
  await host.until(
    "is a moderator, under the account's name",
    ({ isModerator, identity }) => isModerator && identity !== "",
  );
});

test("the guest enters by itself, and is no moderator", { skip }, async () => {
  await guest.inCall();
  await allPerceiveAll([host, guest]);
  assert.equal((await guest.state()).isModerator, false);
});

test("the host is a moderator again after loading the page anew, without a password", { skip }, async () => {
  await host.page.reload();
  await host.inCall();
  await host.until("is a moderator", ({ isModerator }) => isModerator);
  await allPerceiveAll([host, guest]);
  assert.equal((await guest.state()).isModerator, false);
});

test("who has signed in once opens the next room at once, and signs out", { skip }, async () => {
  await host.hangUp();
  await guest.hangUp();
  await host.ask(scene.stack.roomUrl("another room"));
  await host.inCall();
  await host.press("more");
  await host.press("settings");
  await host.press("settings-tab-profile");
  assert.match((await host.page.textContent("#signed-in-as")) ?? "", /anna\.petrova/);
  await host.press("log-out");
  await host.until("is a guest again", ({ identity }) => identity === "");
  await host.page.keyboard.press("Escape");
  await host.hangUp();
  await host.page.reload();
  await host.ask(scene.stack.roomUrl("a third room"));
  await host.isOn("waiting");
});

test("where only teachers open rooms, a pupil's password opens none", { skip }, async () => {
  await scene.stack.administrator.change({ roomOpeners: "teachers" });
  const child = await comes(gleb, "pupils alone");
  await child.isOn("waiting");
  await signsIn(child, pupil);
  await failsWith(child, "may-not-open");
  await child.page.context().close();
});

test("switched off, an anonymous guest opens a room again", { skip }, async () => {
  await unnoticed(() => scene.stack.administrator.run("settings", "set", "secure-domain", "off"));
  await host.inCall();
  const free = await comes(vera, "a free room");
  await free.inCall();
  await free.until("is a moderator", ({ isModerator }) => isModerator);
});

test("the lesson went on all the time", { skip }, async () => {
  await allPerceiveAll(onlookers);
  for (const each of onlookers) {
    await each.assertInCall();
    assert.deepEqual(each.troubles, []);
  }
});

/** Nobody in the lesson misses anybody while it is done. */
async function unnoticed(act: () => Promise<unknown>): Promise<void> {
  const sinceMs = performance.now();
  for (const { page } of onlookers) await forgetGaps(page);
  await act();
  await allPerceiveAll(onlookers);
  for (const { page, identity } of onlookers) {
    const longestMs = Math.max(...(await gapsOf(page)).map((gap) => gap.longestMs));
    assert.ok(
      longestMs < noticeableMs + longestStandstillMs(sinceMs),
      `${identity.name} missed somebody for ${longestMs} ms`,
    );
  }
}
