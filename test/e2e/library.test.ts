/** The page of recordings, with two that were made before: one is a film of four seconds. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { copyFile, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { withoutBrowser } from "../harness/browser.ts";
import { withoutFfmpeg } from "../harness/recording/ffmpeg.ts";
import { keepRecording, recorderOf } from "../harness/recording/kept.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser() || withoutFfmpeg();
const folder = mkdtempSync(join(tmpdir(), "veche-recordings-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const film = "5A_2026-11-20-10-00-00.mp4";
/** Made by a recorder that was away: it begins before the other one. */
const earlierFilm = "5A_2026-11-20-09-58-00.mp4";
const key = "the-key-of-the-owner-0001";

if (skip === false) {
  const owner = { name: "anna", key };
  await keepRecording(folder, { recording: "rec1", roomName: "5А класс", startedMs: 1_763_632_800_000, owner, film });
  await keepRecording(folder, { recording: "rec2", roomName: "Физика", startedMs: 1_763_719_200_000, owner, film });
  await addPart(join(folder, "rec2"));
}

/** The same film once more. */
async function addPart(own: string): Promise<void> {
  const path = join(own, ".finishing.json");
  const note = JSON.parse(await readFile(path, "utf8"));
  const named = (file: object) => ({ ...file, name: earlierFilm });
  note.files.push(named(note.files[0]));
  note.recording.files.push(named(note.recording.files[0]));
  await copyFile(join(own, film), join(own, earlierFilm));
  await writeFile(path, JSON.stringify(note));
}

const scene = setScene({
  skip,
  ...recorderOf(folder),
  prepare: async ({ stack }) => {
    await stack.administrator.addUser({ name: "anna", password: "red apples", role: "teacher" });
    await stack.administrator.addUser({ name: "boris", password: "green pears", role: "teacher" });
  },
});

const contexts: BrowserContext[] = [];
after(async () => {
  for (const context of contexts) await context.close();
});

async function openPage(address: string, locale = "en"): Promise<Page> {
  const viewport = { width: 390, height: 844 };
  const context = await scene.browser.newContext({ locale, viewport, acceptDownloads: true });
  contexts.push(context);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  await page.goto(new URL(address, scene.stack.local.urls.http).href);
  return page;
}

async function signIn(page: Page, name: string, password: string): Promise<void> {
  await page.fill("#library-name", name);
  await page.fill("#library-password", password);
  await page.click("#library-sign-in button[type=submit]");
}

const item = (recording: string) => `li[data-recording="${recording}"]`;

async function plays(page: Page): Promise<void> {
  await page.evaluate("document.querySelector('video').muted = true; document.querySelector('video').play()");
  await eventually("the film goes on", async () => {
    const at = await page.evaluate<number>("document.querySelector('video').currentTime");
    return at > 0.5 ? undefined : `at ${at}`;
  });
}

let anna: Page;
let link = "";

test("who has not signed in sees no recording, and a wrong password is told", { skip }, async () => {
  await eventually("the start page shows the way", async () => {
    const text = await (await fetch(new URL("/config.js", scene.stack.local.urls.http))).text();
    return text.includes("recordingLibrary") ? undefined : "not yet";
  });
  anna = await openPage("/");
  await anna.click("#library-way");
  await anna.waitForSelector("#library-sign-in");
  assert.equal(await anna.locator(".library-item").count(), 0);
  await signIn(anna, "anna", "wrong");
  await anna.waitForSelector('[data-problem="wrong"]');
});

test("a teacher sees what she recorded, the newest first, and plays it in the page", { skip }, async () => {
  await signIn(anna, "anna", "red apples");
  await anna.waitForSelector(item("rec1"));
  const titles = await anna.locator(".library-item h2").allTextContents();
  assert.deepEqual(titles, ["Физика", "5А класс"]);
  await anna.click(`${item("rec1")} [data-act=play]`);
  await plays(anna);
  assert.ok(Math.abs((await anna.evaluate<number>("document.querySelector('video').duration")) - 4) < 0.2);
  const width = await anna.evaluate<number>("document.documentElement.scrollWidth");
  assert.ok(width <= 390, `nothing is wider than the phone, found ${width}`);
  await anna.reload();
  await anna.waitForSelector(item("rec1"));
});

test("it is renamed, and fetched under its new name", { skip }, async () => {
  await anna.click(`${item("rec1")} [data-act=rename]`);
  await anna.fill(`${item("rec1")} .library-panel input`, "Дроби / урок 1");
  await anna.keyboard.press("Enter");
  await anna.waitForSelector(`${item("rec1")} h2:text("Дроби / урок 1")`);
  const coming = anna.waitForEvent("download");
  await anna.click(`${item("rec1")} [data-act=download]`);
  const download = await coming;
  assert.equal(download.suggestedFilename(), "Дроби _ урок 1.mp4");
  assert.equal((await stat(await download.path())).size, (await readFile(join(folder, "rec1", film))).length);
});

test("another teacher sees nothing of it", { skip }, async () => {
  const page = await openPage("/recordings", "ru");
  await page.waitForSelector("#library-sign-in");
  await signIn(page, "boris", "green pears");
  await page.waitForSelector("#library-empty");
  const answer = await page.request.get("/recordings/api/recordings/rec1".replace(/^/, scene.stack.local.urls.http));
  assert.equal(answer.status(), 404);
});

test("whoever has the link watches that one recording, in a browser that knows nobody, until it is revoked", {
  skip,
}, async () => {
  await anna.click(`${item("rec1")} [data-act=share]`);
  await anna.click(`${item("rec1")} .library-panel button[type=submit]`);
  await anna.waitForSelector(".library-link");
  link = await anna.inputValue(".library-link");
  assert.equal(await anna.evaluate("navigator.clipboard.readText()"), link);
  const guest = await openPage(link);
  await guest.waitForSelector(item("rec1"));
  assert.deepEqual(await guest.locator(".library-item").count(), 1);
  assert.equal(await guest.locator("[data-act=delete], [data-act=rename], [data-act=share]").count(), 0);
  await plays(guest);
  const wrong = await openPage(`${link}x`);
  await wrong.waitForSelector("#library-closed");
  await anna.click(`${item("rec1")} [data-link] button`);
  await anna.waitForSelector("[data-link], .library-link", { state: "detached" });
  const late = await openPage(link);
  await late.waitForSelector("#library-closed");
});

test("whoever began it finds it again by the key that the browser keeps", { skip }, async () => {
  const page = await openPage(`/recordings?id=rec2#${key}`);
  await page.waitForSelector(item("rec2"));
  assert.equal(await page.locator("[data-act=delete]").count(), 1);
  const kept = [{ id: "rec2", key, room: "Физика", at: 1 }];
  await page.evaluate(`localStorage.setItem("veche.recordings", ${JSON.stringify(JSON.stringify(kept))})`);
  await page.goto(new URL("/recordings?again", scene.stack.local.urls.http).href);
  await page.waitForSelector(item("rec2"));
  assert.equal(await page.locator(".library-item").count(), 1);
});

test("a recording of two films is played part by part, the earlier one first, and each is fetched", {
  skip,
}, async () => {
  await anna.click(`${item("rec2")} [data-act=play]`);
  assert.deepEqual(await anna.locator(`${item("rec2")} .library-part`).allTextContents(), ["Part 1", "Part 2"]);
  const sources = await anna.evaluate<string[]>("[...document.querySelectorAll('video')].map(({ src }) => src)");
  assert.deepEqual(
    sources.map((src) => src.split("/").at(-1)),
    [earlierFilm, film],
  );
  await plays(anna);
  const coming = anna.waitForEvent("download");
  await anna.click(`${item("rec2")} .library-files a:text("${earlierFilm}")`);
  assert.equal((await coming).suggestedFilename(), earlierFilm);
});

test("it is deleted after a question, with its folder, and is gone for everybody", { skip }, async () => {
  await anna.click(`${item("rec1")} [data-act=delete]`);
  await anna.click(`${item("rec1")} [data-act=sure]`);
  await anna.waitForSelector(item("rec1"), { state: "detached" });
  assert.deepEqual(readdirSync(folder), ["rec2"]);
  await anna.reload();
  await anna.waitForSelector(item("rec2"));
  assert.equal(await anna.locator(item("rec1")).count(), 0);
});

test("no log has a password, a key or the secret of a link", { skip }, () => {
  const secret = link.split("/").at(-1) ?? "";
  assert.ok(secret.length > 20);
  const log = scene.stack.lines.map(({ text }) => text).join("\n");
  for (const hidden of ["red apples", "green pears", key, secret]) assert.ok(!log.includes(hidden), hidden.slice(0, 4));
});
