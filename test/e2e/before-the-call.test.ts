/** The way into a room and out of it again: every page beside the call, and what each of them lets one do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { withoutBrowser } from "../harness/browser.ts";
import { anna, boris, gleb, type Identity, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { perceives } from "../harness/senses.ts";
import { setScene, startTestStack } from "../harness/stack.ts";
import { settingsOf, tokenOf } from "../harness/token.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser();
/** So that three people fill a room. */
const roomSize = 3;
const scene = setScene({ skip, env: { XMPP_MAX_OCCUPANTS: String(roomSize) } });
const room = "5А класс — физика";
const password = "Ключ 42";
let teacher: Participant;
let pupil: Participant;

const home = (options = ""): string => `${scene.stack.local.urls.http}/${options}`;
const arrive = (identity: Identity): Promise<Participant> => Participant.arrive(scene.browser, identity);

async function shown(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).first().textContent()) ?? "";
}

async function without(person: Participant): Promise<void> {
  await person.page.context().close();
}

test("a room named in words with spaces is opened from the start page, by the keyboard alone", { skip }, async () => {
  teacher = await arrive(anna);
  const { page } = teacher;
  await page.goto(home());
  await page.waitForSelector("#room-name:focus");
  await page.keyboard.press("Enter");
  await teacher.shows("is told that a name is missing", "#room-hint[role=alert]");
  await page.keyboard.type(room);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#join");
  assert.equal(await shown(page, ".prejoin-form h1"), room);
});

test("before the call one sees oneself, sees the microphone move and hears the speaker", { skip }, async () => {
  const { page } = teacher;
  await teacher.shows("sees the picture", ".preview video.mirrored");
  const level = () => page.evaluate<number>("Number(document.querySelector('.level meter')?.value ?? 0)");
  await eventually("the level moves", async () => ((await level()) > 0.2 ? undefined : "nothing"));
  assert.deepEqual(await page.locator(".device select").evaluateAll((all) => all.map((each) => each.textContent)), [
    "Test microphone",
    "Test camera",
    "Test loudspeaker",
  ]);
  await page.evaluate(
    "HTMLMediaElement.prototype.play = ((play) => function () { globalThis.played = this.srcObject; return play.call(this); })(HTMLMediaElement.prototype.play)",
  );
  await teacher.press("test-speaker");
  await teacher.shows("hears it", "#test-speaker[data-playing=true]");
  await teacher.shows("has heard it", "#test-speaker[data-playing=false]");
  assert.equal(await page.evaluate("played.getAudioTracks().length"), 1);
  await teacher.shows("knows how good the line is", "#network[data-verdict=good]");
});

test("what is switched off before the call is off in it", { skip }, async () => {
  await teacher.press("prejoin-camera");
  await teacher.hides("has no picture", ".preview video");
  await teacher.page.fill("#display-name", anna.name);
  await teacher.press("join");
  await teacher.inCall();
  await teacher.until("is heard only", ({ audioMuted, videoMuted }) => !audioMuted && videoMuted);
  await teacher.press("camera");
  await teacher.until("is seen", ({ videoMuted }) => !videoMuted);
});

test("who may not use camera and microphone is told how to, joins, sees and hears", { skip }, async () => {
  pupil = await arrive(boris);
  const { page } = pupil;
  await page.addInitScript({
    content: `if (sessionStorage.getItem("allowed") === null && globalThis.vecheCamera) {
      vecheCamera.isRefused = true;
      navigator.permissions.query = async () => Object.assign(new EventTarget(), { state: "denied" });
    }`,
  });
  await page.goto(scene.stack.roomUrl(room));
  await pupil.shows("is told what to do", '#media-trouble[data-obstacle] .how-to[data-browser="chromiumDesktop"]');
  await page.fill("#display-name", boris.name);
  await pupil.press("join");
  await pupil.inCall();
  await perceives(page, [anna], { timeoutMs: 20_000 });
  await teacher.until("sees a name", ({ participants }) => participants.some(({ name }) => name === boris.name));
  await teacher.shows("sees a name on the page", `${teacher.tile(await pupil.endpoint())}`);
});

test("who leaves is told so, with the time, and comes back straight into the room", { skip }, async () => {
  await pupil.hangUp();
  await pupil.shows("may go home", "#left-page #home");
  await pupil.page.evaluate("sessionStorage.setItem('allowed', '1')");
  await pupil.comeBack();
  await pupil.press("microphone");
  await pupil.press("camera");
  await allPerceiveAll([teacher, pupil]);
});

test("a full room is asked again by itself, and opens when somebody leaves", { skip }, async () => {
  const third = await arrive(vera);
  await third.ask(scene.stack.roomUrl(room));
  await third.inCall();
  const late = await arrive(gleb);
  await late.ask(scene.stack.roomUrl(room));
  await late.isOn("refused");
  await late.shows("is told when it is asked again", '#refused-page [role=timer][data-problem="full"]');
  await third.hangUp();
  await late.press("ask-now");
  await late.inCall();
  await without(third);
  await late.hangUp();
  await without(late);
});

test("only watching and listening is a button of its own", { skip }, async () => {
  const listener = await arrive(vera);
  await listener.page.goto(scene.stack.roomUrl(room));
  await listener.shows("is before the call", ".preview video");
  await listener.press("join-without-devices");
  await listener.inCall();
  await listener.until("is neither seen nor heard", ({ audioMuted, videoMuted }) => audioMuted && videoMuted);
  await perceives(listener.page, [anna, boris], { timeoutMs: 20_000 });
  await without(listener);
});

test("where a name is required nobody joins without one", { skip }, async () => {
  const nameless = await arrive(vera);
  await nameless.page.goto(
    `${scene.stack.roomUrl("named")}#config.requireDisplayName=true&config.prejoinConfig.enabled=false`,
  );
  await nameless.shows("is asked for a name", "#join");
  await nameless.press("join");
  await nameless.shows("is told that the name is missing", "#name-hint[role=alert]");
  await nameless.page.fill("#display-name", vera.name);
  await nameless.press("join");
  await nameless.inCall();
  await without(nameless);
});

test("a password is asked for; a wrong one is said to be wrong, the right one opens", { skip }, async () => {
  await teacher.press("security");
  await teacher.page.fill("#new-password", password);
  await teacher.press("set-password");
  await teacher.until("has set a password", ({ roomInfo }) => roomInfo.hasPassword);
  await teacher.page.keyboard.press("Escape");
  const guest = await arrive(vera);
  await guest.page.goto(scene.stack.roomUrl(room));
  await guest.press("join");
  await guest.shows("is asked for it, ready to type", "#password-page #room-password:focus");
  await guest.page.keyboard.type("wrong");
  await guest.page.keyboard.press("Enter");
  await guest.shows("is told that it is wrong", "#password-page [role=alert]");
  await guest.page.fill("#room-password", password);
  await guest.page.keyboard.press("Enter");
  await guest.inCall();
  await allPerceiveAll([teacher, guest]);
  await guest.hangUp();
  await without(guest);
});

test("who is removed is told so and what to do next", { skip }, async () => {
  const endpoint = await pupil.endpoint();
  await teacher.page.hover(teacher.tile(endpoint));
  await teacher.page.click(`${teacher.tile(endpoint)} .tile-more`);
  await teacher.page.click(`[data-testid="kick-${endpoint}"]`);
  await teacher.page.click("#modal-dialog-ok-button");
  await pupil.isOn("left");
  assert.match(await shown(pupil.page, "#left-page h1"), /removed/);
  await pupil.shows("may come back", "#left-page #rejoin");
});

test("when a moderator ends the meeting everybody is told that it was ended for all", { skip }, async () => {
  const guest = await arrive(vera);
  await guest.ask(scene.stack.roomUrl("short"));
  await guest.inCall();
  const other = await arrive(gleb);
  await other.ask(scene.stack.roomUrl("short"));
  await other.inCall();
  await guest.until("sees the other", ({ participants }) => participants.length === 1);
  await guest.press("hangup");
  await guest.press("end-conference");
  for (const each of [guest, other]) {
    await each.isOn("left");
    assert.match(await shown(each.page, "#left-page h1"), /moderator has ended/);
  }
  await without(guest);
  await without(other);
});

test("at a closed door one writes to who may open it, is answered, and is told when turned away", {
  skip,
}, async () => {
  await teacher.press("security");
  await teacher.page.check("#lobby-switch");
  await teacher.until("has a lobby", ({ roomInfo }) => roomInfo.lobby !== undefined);
  await teacher.page.keyboard.press("Escape");
  const stranger = await arrive(gleb);
  await stranger.ask(scene.stack.roomUrl(room));
  await stranger.isOn("knocking");
  await stranger.page.fill(".lobby-chat input", "<b>It is me</b>");
  await stranger.page.keyboard.press("Enter");
  await teacher.shows("reads it", '[data-knocker] .lobby-lines p:text("<b>It is me</b>")');
  await teacher.page.fill("[data-knocker] .lobby-chat input", "Not today");
  await teacher.page.keyboard.press("Enter");
  await stranger.shows("reads the answer", '#knock-page .lobby-lines p:text("Not today")');
  await teacher.page.click('[data-knocker] [data-act="reject"]');
  await stranger.shows("is told", '#refused-page [data-problem="rejected"]');
  await stranger.shows("may ask once more", "#refused-page #rejoin");
  await without(stranger);
});

test("the room stands among those of before, with how long it took, until it is forgotten", { skip }, async () => {
  await teacher.hangUp();
  const { page } = teacher;
  await page.click("#home");
  await page.waitForSelector("#recent-rooms");
  assert.match(await shown(page, "#recent-rooms li"), new RegExp(room));
  await page.click("#recent-rooms li button");
  await teacher.hides("has forgotten it", "#recent-rooms li");
});

test("light, dark and the language are chosen once and kept, also in the page's first moment", { skip }, async () => {
  const { page } = teacher;
  await page.selectOption("#theme", "dark");
  await page.selectOption("#language", "ru");
  await teacher.shows("reads Russian", 'html[lang="ru"][data-theme="dark"]');
  await page.addInitScript({
    content:
      "document.addEventListener('DOMContentLoaded', () => { globalThis.first = document.documentElement.dataset.theme; })",
  });
  await page.reload();
  await teacher.shows("still reads Russian", 'html[lang="ru"][data-theme="dark"] #room-name');
  assert.equal(await page.evaluate("first"), "dark");
  await page.selectOption("#theme", "system");
  await teacher.shows("has the light of the system", 'html[data-theme="light"]');
});

test("a generated name is said in words of the page's language, and opens a room", { skip }, async () => {
  const { page } = teacher;
  await teacher.shows("reads a name", "#suggested-name[data-name]");
  const name = await shown(page, "#suggested-name");
  assert.match(name, /^(?:[А-ЯЁ][а-яё]+ ?){6}$/);
  await teacher.press("suggest-another");
  await eventually("another name", async () => ((await shown(page, "#suggested-name")) === name ? name : undefined));
  await teacher.press("use-suggestion");
  await page.waitForSelector("#join");
});

test("a name that a token gives cannot be changed; a token for another room is explained", { skip }, async () => {
  const issuer = { appId: "moodle", secret: "a secret of the school's own learning platform" };
  await using stack = await startTestStack(settingsOf(issuer));
  const token = tokenOf(issuer, { room: "physics", context: { user: { name: "Анна М." } } });
  const guest = await arrive(vera);
  await guest.page.goto(stack.roomUrl("chemistry", `?jwt=${token}`));
  await guest.shows("has the name of the token", "#display-name[readonly]");
  assert.equal(await guest.page.inputValue("#display-name"), "Анна М.");
  await guest.press("join");
  await guest.shows("is told why", '#refused-page [data-problem="bad-token"]');
  await guest.shows("may try again or go home", "#refused-page #rejoin ~ #home");
  await without(guest);
});

test("a guest waits for the host, and enters by itself when the host has come", { skip }, async () => {
  const host = { name: "anna.petrova", password: "Двадцать два слона" };
  await scene.stack.administrator.addUser({ ...host, displayName: anna.name, role: "teacher" });
  await scene.stack.administrator.change({ secureDomain: true });
  const guest = await arrive(vera);
  await guest.page.goto(scene.stack.roomUrl("of a host"));
  await guest.press("join");
  await guest.isOn("waiting");
  const owner = await arrive(anna);
  await owner.page.goto(scene.stack.roomUrl("of a host"));
  await owner.press("join");
  await owner.press("i-am-host");
  await owner.page.fill("#login-name", host.name);
  await owner.page.fill("#login-password", host.password);
  await owner.press("login-submit");
  for (const each of [owner, guest]) await each.inCall();
  await allPerceiveAll([owner, guest]);
  await scene.stack.administrator.change({ secureDomain: false });
  await without(guest);
  await without(owner);
});

test("a browser that cannot do calls says so, in its own language, and asks for nothing", { skip }, async () => {
  const old = await arrive(gleb);
  await old.page.addInitScript({ content: "delete window.RTCPeerConnection;" });
  await old.page.goto(scene.stack.roomUrl(room, "?lang=ru"));
  await old.shows("reads that the browser is too old", '#boot-page h1:text("слишком старый")');
  assert.equal(await old.page.evaluate("typeof veche"), "undefined");
  await without(old);
});

test("a page that did not load whole says so, and loads when asked again", { skip }, async () => {
  const unlucky = await arrive(gleb);
  await unlucky.page.route("**/assets/index-*.js", (route) => route.abort());
  await unlucky.page.goto(scene.stack.roomUrl(room));
  await unlucky.shows("reads that it did not load", "#boot-page #boot-again");
  await unlucky.page.unroute("**/assets/index-*.js");
  await unlucky.press("boot-again");
  await unlucky.page.waitForSelector("#join");
  await without(unlucky);
});

test("without a server there is a page that says so, and opens the room when the server is back", {
  skip,
}, async () => {
  const cutOff = await arrive(gleb);
  const { page } = cutOff;
  await page.goto(home());
  await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
  await page.context().setOffline(true);
  await page.goto(scene.stack.roomUrl(room));
  await cutOff.shows("reads that there is no connection", 'html[data-boot="offline"] #boot-page');
  await page.context().setOffline(false);
  await page.waitForSelector("#join");
  await without(cutOff);
});

test("the app can be installed", { skip }, async () => {
  const { page } = teacher;
  const manifest = await page.evaluate<{ icons: { src: string; purpose: string }[]; display: string }>(
    "fetch(document.querySelector('link[rel=manifest]').href).then((answer) => answer.json())",
  );
  assert.equal(manifest.display, "standalone");
  assert.ok(manifest.icons.some(({ purpose }) => purpose === "maskable"));
  for (const { src } of manifest.icons) {
    const size = await page.evaluate<number>(`new Promise((resolve) => {
      const image = new Image();
      image.onload = () => resolve(image.naturalWidth);
      image.onerror = () => resolve(0);
      image.src = ${JSON.stringify(src)};
    })`);
    assert.ok(size > 0, src);
  }
});

test("nothing went wrong behind the pages", { skip }, () => {
  for (const each of [teacher, pupil]) assert.deepEqual(each.troubles, []);
});
