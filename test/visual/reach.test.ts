/** For whoever has no mouse, hears the page instead of seeing it, or reads from right to left. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { withoutBrowser } from "../harness/browser.ts";
import { anna, boris, vera } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import { Look, phone, wide } from "./look.ts";

const skip = withoutBrowser();
const scene = setScene({ skip });
const room = "by keyboard";
const stepsAtMost = 80;
let person: Participant;
let other: Participant;

type Focus = { readonly name: string; readonly isSeen: boolean };

const focusOf = (page: Page): Promise<Focus | undefined> => page.evaluate<Focus | undefined>("vecheFocus.now()");

async function focusIs(page: Page, name: string): Promise<void> {
  await eventually(`the focus on ${name}`, async () => {
    const focus = await focusOf(page);
    return focus?.name === name ? undefined : `it is on ${focus?.name ?? "nothing"}`;
  });
}

/** Tab goes to everything there, each place shows that it has the focus, and then it begins again. */
async function tabGoesThrough(page: Page, within: string): Promise<void> {
  const expected = new Set(await page.evaluate<string[]>(`vecheFocus.places(${JSON.stringify(within)})`));
  const seen = new Map<string, Focus>();
  for (let step = 0; step < stepsAtMost; step++) {
    await page.keyboard.press("Tab");
    const focus = await focusOf(page);
    if (focus === undefined) continue;
    if (seen.has(focus.name) && seen.size >= expected.size) break;
    seen.set(focus.name, focus);
  }
  assert.deepEqual(
    [...expected].filter((name) => !seen.has(name)),
    [],
    "never reached by Tab",
  );
  assert.deepEqual(
    [...seen.values()].filter(({ isSeen }) => !isSeen).map(({ name }) => name),
    [],
    "without a visible focus",
  );
}

test("the look at the devices is gone through and left by keyboard alone", { skip }, async () => {
  person = await Participant.arrive(scene.browser, anna, { viewport: { width: 1280, height: 800 } });
  await person.page.addInitScript({ content: await readFile(new URL("./page/focus.js", import.meta.url), "utf8") });
  await person.page.goto(scene.stack.roomUrl(room, "?lang=en"));
  await person.page.waitForSelector(".preview video");
  await tabGoesThrough(person.page, "#app");
  await person.page.focus("#display-name");
  await person.page.fill("#display-name", anna.name);
  await person.page.keyboard.press("Enter");
  await person.inCall();
});

test("in the call Tab reaches every control", { skip }, async () => {
  other = await Participant.join(scene.browser, scene.stack.roomUrl(room), boris);
  await person.shows("sees the other", person.tile(await other.endpoint()));
  await tabGoesThrough(person.page, "#app");
});

test("a menu takes the focus, Escape closes it, and the focus is back at its button", { skip }, async () => {
  const { page } = person;
  await page.focus("#more");
  await page.keyboard.press("Enter");
  await person.shows("has it open", "#more-menu:popover-open");
  await page.keyboard.press("Tab");
  const within = await page.evaluate<boolean>("document.activeElement.closest('#more-menu') !== null");
  assert.ok(within, `the focus is on ${(await focusOf(page))?.name}`);
  await page.keyboard.press("Escape");
  await person.hides("has it closed", "#more-menu:popover-open");
  await focusIs(page, "#more");
});

for (const id of ["settings", "shortcuts"]) {
  test(`the dialog "${id}" keeps the focus while it is open and gives it back`, { skip }, async () => {
    const { page } = person;
    await page.focus("#more");
    await page.keyboard.press("Enter");
    await page.focus(`#${id}`);
    await page.keyboard.press("Enter");
    await person.shows("has it open", "dialog[open] h2");
    await tabGoesThrough(page, "dialog[open]");
    await page.keyboard.press("Escape");
    await person.hides("has it closed", "dialog[open]");
    await focusIs(page, "#more");
  });
}

test("the chat takes the focus and gives it back", { skip }, async () => {
  const { page } = person;
  await page.focus("#chat");
  await page.keyboard.press("Enter");
  await focusIs(page, "#chat-input");
  await page.keyboard.press("Escape");
  await person.hides("has it closed", "#chat-panel");
  await focusIs(page, "#chat");
});

test("a reader is told of who comes, raises a hand, writes and goes", { skip }, async () => {
  const isSaid = (what: RegExp): Promise<void> =>
    eventually(`${what} is said`, async () => {
      const said = await person.page.evaluate<string>("vecheFocus.said()");
      return what.test(said) ? undefined : said;
    });
  const third = await Participant.join(scene.browser, scene.stack.roomUrl(room), vera);
  await isSaid(/Вера 3-я[^|]*joined/);
  await third.press("raisehand");
  await isSaid(/Вера 3-я[^|]*hand/);
  await third.say("a question about exercise 7");
  await isSaid(/exercise 7/);
  await third.hangUp();
  await isSaid(/Вера 3-я[^|]*left/);
  await third.page.context().close();
});

test("from right to left nothing overlaps or is cut off", { skip }, async () => {
  const look = new Look(person.page);
  const faults: string[] = [];
  for (const view of [wide, phone]) {
    await look.take(view);
    await look.light("light");
    await person.page.evaluate("document.documentElement.dir = 'rtl'");
    for (const panel of ["", "chat"]) {
      if (panel !== "") await person.page.evaluate(`document.querySelector("#${panel}").click()`);
      await person.page.evaluate("new Promise((done) => setTimeout(done, 300))");
      await look.picture(`right-to-left-${panel || "call"}-${view.name}`);
      faults.push(...(await look.faults(view)).map((fault) => `${view.name} ${panel}: ${fault}`));
      if (panel !== "") await person.page.keyboard.press("Escape");
    }
  }
  if (faults.length > 0) throw new Error(faults.join("\n"));
  assert.deepEqual(person.troubles, []);
});
