/** Nobody but our own server is asked for anything, on any page and in any dialog, and the page runs under its strict policy. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { withoutBrowser } from "../harness/browser.ts";
import { anna, boris } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser();
const scene = setScene({ skip });
const room = "Только свои";
/** What was asked of whom, over all pages. */
const strangers: string[] = [];
const violations: string[] = [];
const underway = new Set<string>();

/** Before anything is loaded. */
async function watch({ page }: Participant): Promise<void> {
  const own = new URL(scene.stack.local.urls.http).host;
  const note = (what: string, address: string) => {
    const { protocol, host } = new URL(address);
    if (!["data:", "blob:", "about:"].includes(protocol) && host !== own) strangers.push(`${what} ${address}`);
  };
  page.context().on("request", (request) => note(request.resourceType(), request.url()));
  page.context().on("request", (request) => underway.add(request.url()));
  page.context().on("requestfinished", (request) => underway.delete(request.url()));
  page.context().on("requestfailed", (request) => underway.delete(request.url()));
  page.on("websocket", (socket) => note("websocket", socket.url()));
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) violations.push(message.text());
  });
  await page.exposeFunction("vecheViolation", (what: string) => violations.push(what));
  await page.addInitScript(`document.addEventListener("securitypolicyviolation", (event) =>
    vecheViolation(event.violatedDirective + " " + event.blockedURI + " " + event.sourceFile))`);
}

/** What was asked for has come, and been drawn. */
async function settled(page: Page): Promise<void> {
  const drawn = "new Promise((done) => requestIdleCallback(() => requestIdleCallback(done)))";
  await page.evaluate(drawn);
  await eventually("all has come", () => (underway.size === 0 ? undefined : [...underway].join(" ")), { pollMs: 20 });
  await page.evaluate(drawn);
}

/** What a click opens is fetched, drawn and closed again. */
async function openAndClose(page: Page, open: () => Promise<void>): Promise<void> {
  await open();
  await settled(page);
  for (const tab of await page.$$("dialog[open] [role=tab]")) {
    await tab.click();
    await settled(page);
  }
  await close(page);
}

async function close(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await page.evaluate("document.querySelector('dialog[open]')?.close()");
}

let first: Participant;
let second: Participant;

test("the start page and the look before joining ask nobody else", { skip }, async () => {
  first = await Participant.arrive(scene.browser, anna);
  await watch(first);
  const answer = await first.page.goto(scene.stack.local.urls.http);
  const policy = (await answer?.allHeaders())?.["content-security-policy"] ?? "";
  assert.match(policy, /default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|https:|\*/);
  await first.page.fill("#room-name", room);
  await first.press("go");
  await first.page.fill("#display-name", anna.name);
  await first.press("join");
  await first.inCall();
});

test("somebody with a picture and words from elsewhere changes nothing", { skip }, async () => {
  second = await Participant.arrive(scene.browser, boris);
  await watch(second);
  await second.open(scene.stack.roomUrl(room), [
    `userInfo.avatarURL=${encodeURIComponent('"https://tracker.example/boris.png"')}`,
    `config.customToolbarButtons=${encodeURIComponent('[{"id":"x","text":"X","icon":"https://tracker.example/x.png"}]')}`,
  ]);
  await first.until("sees the other", ({ participants }) => participants.length === 1);
  await second.say(
    'https://tracker.example/page ![](https://tracker.example/i.png) <img src="https://tracker.example/j.png">',
  );
  await first.until("reads it", ({ chat }) => chat.some(({ text }) => text.includes("tracker.example")));
});

test("every button of the call, every panel and every dialog ask nobody else", { skip }, async () => {
  const { page } = first;
  await page.keyboard.press("Escape");
  for (const id of ["raisehand", "chat", "microphone", "camera", "tileview", "security", "desktop"])
    await openAndClose(page, async () => page.click(`#${id}`));
  const ids = await page.$$eval("#more-menu [id]", (lines) => lines.map(({ id }) => id));
  assert.ok(ids.length > 8, ids.join());
  const opened: string[] = [];
  for (const id of ids) {
    await openAndClose(page, async () => {
      // What one line has opened may hide another.
      const isThere = await page.evaluate(
        `(() => { const line = document.getElementById(${JSON.stringify(id)}); line?.click(); return Boolean(line); })()`,
      );
      if (isThere) opened.push(id);
    });
  }
  assert.ok(opened.length > 8, opened.join());
  await first.assertInCall();
});

test("the goodbye and the page that does not load ask nobody else either", { skip }, async () => {
  await second.page.goto(`${scene.stack.local.urls.http}/offline.html`);
  await second.page.close();
  await first.until("is alone", ({ participants }) => participants.length === 0);
  // On a slow machine the last of the dialogs came after its turn.
  await close(first.page);
  await first.hangUp();
});

test("nobody else was asked, and nothing broke the policy", { skip }, () => {
  assert.deepEqual(strangers, []);
  assert.deepEqual(violations, []);
});

test("had anybody been asked, this would have noticed", { skip }, async () => {
  await first.page.evaluate("new Image().src = 'https://tracker.example/noticed.png'");
  await eventually("a violation", () => (violations.some((each) => each.includes("noticed.png")) ? undefined : "none"));
  await first.page.evaluate("fetch('https://tracker.example/noticed').catch(() => {})");
  await eventually("another", () =>
    violations.some((each) => /connect-src.*noticed/.test(each)) ? undefined : "none",
  );
});
