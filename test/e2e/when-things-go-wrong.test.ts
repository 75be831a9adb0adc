/** What somebody sees when something goes wrong, and that the lesson goes on: no page is ever loaded anew for it. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { launchBrowser, withoutBrowser } from "../harness/browser.ts";
import { anna, boris, gleb, type Identity, vera } from "../harness/identities.ts";
import { Line } from "../harness/line.ts";
import { type AppState, allPerceiveAll, Participant } from "../harness/participant.ts";
import { takePicture } from "../harness/picture.ts";
import { hearsNothingOf, perceives } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";
import { throughout } from "../harness/wait.ts";

const skip = withoutBrowser();
const takenUpMs = 1_500;
/** By then a page has noticed that a role is away. */
const noticedMs = 2_500;
const scene = setScene({ skip, env: { XMPP_MAX_OCCUPANTS: "3" } });
const room = "a lesson with troubles";
let teacher: Participant;
let pupil: Participant;
let line: Line | undefined;

/** Their page is the one they opened, and they never lost their place in the room. */
class SamePlace {
  readonly #person: Participant;
  readonly #endpoint: string;

  private constructor(person: Participant, endpoint: string) {
    this.#person = person;
    this.#endpoint = endpoint;
  }

  static async of(person: Participant): Promise<SamePlace> {
    await person.page.evaluate("globalThis.wasNotReloaded = true");
    return new SamePlace(person, await person.endpoint());
  }

  async isKept(): Promise<void> {
    assert.equal(await this.#person.page.evaluate("globalThis.wasNotReloaded"), true, "the page was loaded anew");
    assert.equal(await this.#person.endpoint(), this.#endpoint, "joined again");
  }
}

async function seesBanner(person: Participant, kind: string, timeoutMs = 25_000): Promise<void> {
  await person.shows(`is told "${kind}"`, `#banner[data-kind="${kind}"]`, { timeoutMs });
}

async function seesNoBanner(person: Participant): Promise<void> {
  await person.hides("is told nothing any more", "#banner", { timeoutMs: 30_000 });
}

const interrupted = (who: Participant, endpoint: string): string => `${who.tile(endpoint)} .tile-note:not(.held-back)`;

async function comes(identity: Identity, name = room): Promise<Participant> {
  return Participant.join(scene.browser, scene.stack.roomUrl(name), identity);
}

// A test that fails leaves the line as the next one expects it.
afterEach(() => line?.mend());

test("two are in a lesson, one of them behind a line of its own", { skip }, async () => {
  line = await Line.open(scene.stack.local);
  teacher = await comes(anna);
  pupil = await Participant.arrive(scene.browser, boris, { isLineMeasured: true });
  await line.lead(pupil.page);
  await pupil.open(line.roomUrl(room));
  await allPerceiveAll([teacher, pupil]);
});

test("the line is cut: a banner says so, others see it too; it is back: same page, same place", { skip }, async () => {
  const place = await SamePlace.of(pupil);
  line?.cut();
  await seesBanner(pupil, "reconnecting");
  await takePicture(pupil.page, "wrong-line-lost");
  const endpoint = await pupil.endpoint();
  await teacher.shows("sees who is cut off", interrupted(teacher, endpoint), { timeoutMs: 30_000 });
  await takePicture(teacher.page, "wrong-line-of-another-lost");
  line?.mend();
  await seesNoBanner(pupil);
  await allPerceiveAll([teacher, pupil], { timeoutMs: 30_000 });
  await place.isKept();
});

for (const role of ["web", "xmpp", "focus", "videobridge"] as const) {
  test(`${role} is started again: the lesson goes on in the same page`, { skip }, async () => {
    const places = [await SamePlace.of(teacher), await SamePlace.of(pupil)];
    await scene.stack.local.kill(role);
    await throughout("nobody leaves the call", noticedMs, async () => {
      const { page } = await teacher.state();
      return page === "call" ? undefined : `the page is "${page}"`;
    });
    await takePicture(teacher.page, `wrong-${role}-killed`);
    await scene.stack.local.ready();
    await allPerceiveAll([teacher, pupil], { timeoutMs: 30_000 });
    for (const each of [teacher, pupil]) {
      await each.assertInCall();
      await seesNoBanner(each);
    }
    for (const place of places) await place.isKept();
  });
}

test("only the media is cut: a banner says so, pictures stand still, and it goes on", { skip }, async () => {
  const place = await SamePlace.of(pupil);
  line?.cutMedia();
  await seesBanner(pupil, "reconnecting");
  await takePicture(pupil.page, "wrong-media-lost");
  line?.mend();
  await seesNoBanner(pupil);
  await allPerceiveAll([teacher, pupil], { timeoutMs: 30_000 });
  await place.isKept();
});

test("a camera and a microphone are pulled out: said, seen by others, and taken up again", { skip }, async () => {
  const endpoint = await teacher.endpoint();
  await teacher.page.evaluate("vecheCamera.unplug('videoinput')");
  await teacher.until("has no camera", ({ videoMuted }) => videoMuted);
  await teacher.shows("is told so", ".notice");
  await takePicture(teacher.page, "wrong-camera-gone");
  await pupil.hides("sees no picture", `${pupil.tile(endpoint)} video`);
  await teacher.page.evaluate("vecheCamera.unplug('audioinput')");
  await teacher.until("has no microphone", ({ audioMuted }) => audioMuted);
  await teacher.shows("is told so", '.notice[data-notice*="mic"]');
  await takePicture(teacher.page, "wrong-microphone-gone");
  await hearsNothingOf(pupil.page, endpoint);
  await teacher.page.evaluate("vecheCamera.plugIn()");
  // What is known comes back by itself, or waits for a press.
  for (const [id, isOff] of [
    ["camera", ({ videoMuted }: AppState) => videoMuted],
    ["microphone", ({ audioMuted }: AppState) => audioMuted],
  ] as const) {
    await pause(takenUpMs);
    if (isOff(await teacher.state())) await teacher.press(id);
    await teacher.until(`has a ${id} again`, (state) => !isOff(state));
  }
  await allPerceiveAll([teacher, pupil]);
});

test("a tab in the background is heard and seen on, and so are the others when one comes back to it", {
  skip,
}, async () => {
  const place = await SamePlace.of(teacher);
  const other = await teacher.page.context().newPage();
  await other.bringToFront();
  await pause(3_000);
  await perceives(pupil.page, [anna]);
  await teacher.assertInCall();
  await other.close();
  await teacher.page.bringToFront();
  await allPerceiveAll([teacher, pupil]);
  await place.isKept();
});

test("a laptop sleeps and wakes: the others see it gone quiet, then there again", { skip }, async () => {
  const laptop = await launchBrowser();
  try {
    const sleeper = await Participant.join(laptop, scene.stack.roomUrl(room), vera);
    await allPerceiveAll([teacher, pupil, sleeper]);
    const place = await SamePlace.of(sleeper);
    const endpoint = await sleeper.endpoint();
    {
      using _sleep = await putToSleep(laptop);
      await teacher.shows("sees who sleeps", interrupted(teacher, endpoint), { timeoutMs: 30_000 });
      await takePicture(teacher.page, "wrong-another-sleeps");
    }
    await takePicture(sleeper.page, "wrong-awake-again");
    await allPerceiveAll([teacher, pupil, sleeper], { timeoutMs: 40_000 });
    await place.isKept();
    await sleeper.hangUp();
  } finally {
    await laptop.close();
  }
});

test("a room is full: said on a page, and let in by itself when somebody has left", { skip }, async () => {
  const third = await comes(vera);
  const fourth = await Participant.arrive(scene.browser, gleb);
  await fourth.ask(scene.stack.roomUrl(room));
  await fourth.shows("is told", "#refused-page");
  await takePicture(fourth.page, "wrong-room-full");
  await third.hangUp();
  await fourth.inCall();
  await allPerceiveAll([teacher, pupil, fourth]);
  await third.page.context().close();
  await fourth.hangUp();
  await fourth.page.context().close();
});

test("who is removed is told by whom, and may come again", { skip }, async () => {
  await teacher.until("is a moderator", ({ isModerator }) => isModerator);
  const third = await comes(vera);
  const endpoint = await third.endpoint();
  await teacher.shows("sees them", teacher.tile(endpoint));
  await teacher.page.hover(teacher.tile(endpoint));
  await teacher.page.click(`${teacher.tile(endpoint)} .tile-more`);
  await teacher.page.click(":popover-open .menu-item.danger");
  await teacher.press("modal-dialog-ok-button");
  await third.shows("is told", "#left-page");
  await takePicture(third.page, "wrong-removed");
  await teacher.hides("sees nobody there", teacher.tile(endpoint));
  await third.comeBack();
  await third.hangUp();
  await third.page.context().close();
});

test("a browser too old is told which ones will do", { skip }, async () => {
  const page = await (await scene.browser.newContext()).newPage();
  await page.addInitScript({ content: "delete window.RTCPeerConnection; delete window.structuredClone;" });
  await page.goto(scene.stack.roomUrl(room));
  await page.waitForSelector('[data-boot="tooOld"] #boot-page');
  await takePicture(page, "wrong-browser-too-old");
  await page.context().close();
});

test("no page complained of itself", { skip }, async () => {
  await line?.[Symbol.asyncDispose]();
  // Requests to roles that are away fail, and browsers say so in their own words.
  const own = (trouble: string): boolean => !/WebSocket|Failed to load resource|net::|Failed to fetch/.test(trouble);
  for (const each of [teacher, pupil]) assert.deepEqual(each.troubles.filter(own), []);
});

/** All of a browser's processes stand still, as on a laptop that was shut, until what is returned is disposed of. */
async function putToSleep(browser: Browser): Promise<Disposable> {
  const cdp = await browser.newBrowserCDPSession();
  const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
  const pids = processInfo.map(({ id }) => id);
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  return {
    [Symbol.dispose]: () => {
      for (const pid of pids) process.kill(pid, "SIGCONT");
    },
  };
}
