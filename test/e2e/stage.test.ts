/** What one sees of a meeting, and what is asked of the bridge for it: stage, filmstrip, tiles, quality, connections. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { anna, boris, vera } from "../harness/identities.ts";
import { type AppState, Participant } from "../harness/participant.ts";
import { perceives, sightsOf } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import { Crowd } from "../load/crowd.ts";
import { placeOf } from "../load/place.ts";

type StageState = AppState & {
  readonly large: readonly string[];
  readonly inSight: readonly string[];
  readonly pages: number;
  readonly wishes: Readonly<Record<string, number>>;
  readonly sparing: boolean;
  readonly audioOnly: boolean;
};

const skip = withoutBrowser();
const room = "stage";
const phone = { width: 360, height: 640 };
const laptop = { width: 1280, height: 800 };
let first: Participant;
let second: Participant;
let third: Participant;
let secondId = "";
let thirdId = "";
let crowd: Crowd | undefined;

const scene = setScene({ skip });
after(() => crowd?.[Symbol.dispose]());

const stateOf = async (who: Participant): Promise<StageState> => (await who.state()) as StageState;

async function sees(who: Participant, what: string, holds: (state: StageState) => boolean): Promise<void> {
  await who.until(what, (state) => holds(state as StageState));
}

/** An entry behind "More". */
async function choose(who: Participant, id: string): Promise<void> {
  await who.press("more");
  await who.press(id);
}

async function tileMenu(who: Participant, tile: string, text: string): Promise<void> {
  await who.page.hover(tile);
  await who.page.click(`${tile} .tile-more`);
  await who.page.click(`${tile} :popover-open .menu-item:has-text("${text}")`);
}

/** In the page: shifts of the layout that no press of a key or button explains, from now on. */
const shiftWatch = `
  globalThis.vecheShifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries().filter((each) => !each.hadRecentInput)) {
      vecheShifts.push(...entry.sources.map(({ node }) => node?.className ?? ""));
    }
  }).observe({ type: "layout-shift" });`;

/** In the page: endpoints whose tile was changed in any way. The ring follows the voice all the time, by itself. */
const tileWatch = `
  globalThis.vecheTouched = new Set();
  new MutationObserver((records) => {
    for (const { target } of records) {
      const element = target.nodeType === 1 ? target : target.parentElement;
      const tile = element?.closest("article.tile");
      if (tile && !element.classList.contains("tile-ring")) vecheTouched.add(tile.dataset.endpoint);
    }
  }).observe(document.querySelector(".tiles"), {
    subtree: true, childList: true, attributes: true, characterData: true,
  });`;

/** In the page: a finger over the tiles, onwards (1) or back (-1). */
const swipe = (way: 1 | -1): string => `
  for (const [type, x] of [["pointerdown", ${180 + way * 80}], ["pointerup", ${180 - way * 80}]])
    document.querySelector(".tiles").dispatchEvent(
      new PointerEvent(type, { pointerType: "touch", isPrimary: true, pointerId: 7, clientX: x, clientY: 300 }));`;

test("three people are shown alike, each asked for as large as they are seen", { skip }, async () => {
  const url = scene.stack.roomUrl(room);
  first = await Participant.join(scene.browser, url, anna, { viewport: laptop });
  second = await Participant.join(scene.browser, url, boris);
  third = await Participant.join(scene.browser, url, vera);
  secondId = await second.endpoint();
  thirdId = await third.endpoint();
  await perceives(first.page, [boris, vera], { timeoutMs: 20_000 });
  await sees(
    first,
    "asks for both",
    ({ wishes }) => wishes[`${secondId}-v0`] === 360 && wishes[`${thirdId}-v0`] === 360,
  );
  await first.shows("sees how long the meeting has lasted", "#meeting-timer");
});

test("a mute mark draws one tile again and no other", { skip }, async () => {
  for (const each of [first, second, third]) await each.page.evaluate("vecheCamera.setLoudness(0.003)");
  // Whoever was marked as the speaker stays it; connections are told of every few seconds.
  await first.page.evaluate(tileWatch);
  await second.press("microphone");
  await first.shows("sees the mark", `${first.tile(secondId)} .mark.muted`);
  assert.deepEqual(await first.page.evaluate("[...vecheTouched]"), [secondId]);
  await second.press("microphone");
  await first.hides("sees no mark", `${first.tile(secondId)} .mark.muted`);
  for (const each of [first, second, third]) await each.page.evaluate("vecheCamera.setLoudness(0.3)");
});

test("nothing shifts when people come and go", { skip }, async () => {
  await first.page.evaluate(shiftWatch);
  crowd = await Crowd.open(placeOf(scene.stack.local));
  await crowd.join({ room, people: 4, cameras: 0, speakers: 1 });
  await sees(first, "sees seven", ({ inSight }) => inSight.length === 7);
  crowd[Symbol.dispose]();
  crowd = undefined;
  await sees(first, "sees three again", ({ inSight }) => inSight.length === 3);
  assert.deepEqual(await first.page.evaluate("vecheShifts"), []);
});

test("one is shown large by the button, by a click in the filmstrip, by a key and by the menu", { skip }, async () => {
  const { page } = first;
  await first.press("tileview");
  await sees(first, "has a stage", ({ large }) => large.length === 1);
  await page.keyboard.press("1");
  await sees(first, "has somebody large", ({ large }) => large[0] === secondId || large[0] === thirdId);
  const [before] = (await stateOf(first)).large;
  const other = before === secondId ? thirdId : secondId;
  await page.click(first.tile(other));
  await sees(first, "has the other large", ({ large }) => large[0] === other);
  await first.shows("sees it large", `${first.tile(other)}.large video`);
  await tileMenu(first, first.tile(before ?? ""), "Show large, too");
  await sees(first, "has both large", ({ large }) => large.length === 2);
  await tileMenu(first, first.tile(other), "Stop showing large");
  await sees(first, "has one large", ({ large }) => large.length === 1 && large[0] === before);
  await page.keyboard.press("0");
  await sees(first, "has itself large", ({ large }) => large[0] === "self");
  await page.keyboard.press("0");
});

test("the filmstrip is hidden and shown, and made wider", { skip }, async () => {
  const { page } = first;
  const width = () => page.evaluate<number>("document.querySelector('.tile:not(.large)')?.clientWidth ?? 0");
  const before = await width();
  await page.focus("#filmstrip-resizer");
  for (let press = 0; press < 4; press++) await page.keyboard.press("ArrowLeft");
  await eventually("a wider strip", async () => ((await width()) > before ? undefined : `${await width()}`));
  await page.dblclick("#filmstrip-resizer");
  await eventually("a strip as before", async () => ((await width()) === before ? undefined : `${await width()}`));
  await page.keyboard.press("f");
  await first.hides("sees no strip", ".tile:not(.large)");
  await sees(first, "asks only for who is large", ({ wishes }) => Object.keys(wishes).length <= 1);
  await choose(first, "filmstrip");
  await first.shows("sees the strip", ".tile:not(.large)");
});

test("of two shared screens either is shown large, and one's own is a card", { skip }, async () => {
  await second.press("desktop");
  await third.press("desktop");
  await first.shows("may choose", ".screen-switch");
  for (const [id, { screenColor }] of [
    [secondId, boris],
    [thirdId, vera],
  ] as const) {
    await first.page.click(`[data-screen="${id}-v1"]`);
    await first.shows("sees it large", `${first.tile(id, "desktop")}.large`);
    await eventually("the colour of that screen", async () => {
      const sight = (await sightsOf(first.page)).find(
        ({ endpoint, color }) => endpoint === id && color === screenColor,
      );
      return sight ? undefined : "another";
    });
  }
  await second.shows("sees a card of its own screen", `${second.tile(secondId, "desktop")} .own-screen`);
  await second.hides("sees no picture of it", `${second.tile(secondId, "desktop")} video`);
  await second.page.click(`${second.tile(secondId, "desktop")} .own-screen .button`);
  await first.hides("has nothing to choose", ".screen-switch");
  await third.press("desktop");
  await first.hides("sees no screen", '.tile[data-kind="desktop"]');
  await first.press("tileview");
  await first.press("tileview");
  await first.page.keyboard.press("w");
  await sees(first, "sees all alike or one large", ({ inSight }) => inSight.length === 3);
});

test("one's own tile is mirrored or not, hidden and shown again", { skip }, async () => {
  const own = '.tile[data-self="true"][data-kind="camera"]';
  await first.shows("sees itself as in a mirror", `${own} video.mirrored`);
  await tileMenu(first, own, "Mirror my picture");
  await first.hides("sees itself as others do", `${own} video.mirrored`);
  await tileMenu(first, own, "Mirror my picture");
  await tileMenu(first, own, "Hide my tile");
  await first.hides("doesn't see itself", own);
  await choose(first, "showselfview");
  await first.shows("sees itself", own);
});

test("the page fills the screen, by the menu and by the key", { skip }, async () => {
  const isFull = () => first.page.evaluate("document.fullscreenElement !== null");
  await first.page.keyboard.press("s");
  await eventually("full screen", async () => ((await isFull()) ? undefined : "a window"));
  await choose(first, "fullscreen");
  await eventually("a window", async () => ((await isFull()) ? "full screen" : undefined));
});

test("lower quality asks for less, sound only for nothing, and others see that the camera is off", {
  skip,
}, async () => {
  const { page } = first;
  await page.keyboard.press("a");
  await page.focus('[data-testid="video-quality"]');
  await page.keyboard.press("Home");
  await sees(first, "asks for nothing", ({ audioOnly, wishes }) => audioOnly && Object.keys(wishes).length === 0);
  await second.hides("sees an avatar", `${second.tile(await first.endpoint())} video`);
  await first.hides("sees avatars", '.tile[data-self="false"] video');
  await page.keyboard.press("ArrowRight");
  await sees(first, "asks for little", ({ wishes }) => {
    const heights = Object.values(wishes);
    return heights.length === 2 && heights.every((height) => height === 180);
  });
  await page.keyboard.press("End");
  await page.selectOption('[data-testid="video-count"]', "1");
  await sees(first, "asks for one", ({ wishes }) => Object.keys(wishes).length === 1);
  await page.selectOption('[data-testid="video-count"]', "-1");
  await page.selectOption('[data-testid="sparing"]', "on");
  await sees(
    first,
    "spares the machine",
    ({ sparing, wishes }) => sparing && Math.max(...Object.values(wishes)) <= 360,
  );
  await first.shows("is told so", "#sparing-label");
  await page.selectOption('[data-testid="sparing"]', "auto");
  await page.keyboard.press("Escape");
  await perceives(second.page, [anna, vera], { timeoutMs: 20_000 });
  await perceives(first.page, [boris, vera], { timeoutMs: 20_000 });
});

test("everybody's connection is shown in figures, of others by what they tell", { skip }, async () => {
  for (const tile of ['.tile[data-self="true"]', first.tile(secondId)]) {
    await eventually(
      "figures",
      async () => {
        await tileMenu(first, tile, "Connection");
        await first.page.waitForSelector("#line-popover:popover-open");
        const text = await first.page.textContent("#line-popover");
        await first.page.keyboard.press("Escape");
        await first.page.waitForSelector("#line-popover", { state: "detached" });
        return text?.includes("kbit/s") ? undefined : `${text}`;
      },
      { timeoutMs: 25_000 },
    );
  }
});

test("a page in the background asks for no pictures and hears on; looked at again it has them", { skip }, async () => {
  const hide = (isHidden: boolean) =>
    third.page.evaluate(`
      Object.defineProperty(document, "hidden", { value: ${isHidden}, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));`);
  await hide(true);
  await third.until("asks for nothing", (state) => Object.keys((state as StageState).wishes).length === 0, {
    timeoutMs: 15_000,
  });
  await hide(false);
  await perceives(third.page, [anna, boris], { timeoutMs: 20_000 });
});

test("on a phone a crowd has pages, and only who is in sight is asked for; a small window holds who speaks", {
  skip,
}, async () => {
  const { page } = first;
  crowd = await Crowd.open(placeOf(scene.stack.local));
  await crowd.join({ room, people: 16, cameras: 16, speakers: 1 });
  await sees(first, "sees nineteen", ({ inSight }) => inSight.length === 19);
  await page.setViewportSize(phone);
  await sees(first, "has two pages", ({ pages }) => pages === 2);
  const { inSight, wishes } = await stateOf(first);
  assert.equal(Object.keys(wishes).length, inSight.length - 1);
  await page.click("#page-next");
  await sees(
    first,
    "sees others and itself",
    (state) => state.inSight.at(-1) === "self" && state.inSight[0] !== inSight[0],
  );
  await page.evaluate(swipe(-1));
  await sees(first, "is back on the first page", (state) => state.inSight[0] === inSight[0]);
  await page.evaluate(swipe(-1));
  await sees(first, "is on the stage", ({ large }) => large.length === 1);
  await page.evaluate(swipe(1));
  await sees(first, "sees all alike", ({ large }) => large.length === 0);
  for (const button of await page.$$(".toolbar .tool")) {
    const box = await button.boundingBox();
    assert.ok(box && box.width >= 44 && box.height >= 44 && box.x >= 0 && box.x + box.width <= phone.width);
  }
  await page.setViewportSize(laptop);
  await sees(first, "sees everybody", ({ pages }) => pages === 1);
});

test("the call goes on in a window of its own", { skip }, async () => {
  const { page } = first;
  if (!(await page.evaluate("'documentPictureInPicture' in globalThis"))) return;
  await choose(first, "pip");
  const inWindow = (expression: string) =>
    page.evaluate(`(() => { const w = documentPictureInPicture.window; return ${expression}; })()`);
  await eventually("a window", async () =>
    (await inWindow("w?.document.querySelector('.pip-view video, .pip-view .avatar') != null")) ? undefined : "none",
  );
  await inWindow("w.document.querySelector('[data-tool=microphone]').click()");
  await second.shows("sees the mark", `${second.tile(await first.endpoint())} .mark.muted`);
  await choose(first, "pip");
  await eventually("no window", async () => ((await inWindow("w === null")) ? undefined : "one"));
  await first.press("microphone");
});

test("no page complained", { skip }, () => {
  for (const each of [first, second, third]) assert.deepEqual(each.troubles, [], each.identity.name);
});
