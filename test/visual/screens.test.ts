/** Every screen in both languages, light and dark, wide and on phones: nothing cut off, covered, too small or too pale. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import type { Participant } from "../harness/participant.ts";
import { setScene } from "../harness/stack.ts";
import { openRooms, pagesBefore, pagesOfTheSecureDomain, Visitor } from "./before-the-call.ts";
import { Lesson, pagesAfter, screensOfTheCall } from "./call.ts";
import { languages, lookThrough } from "./screen.ts";

const skip = withoutBrowser();
let guard: Participant;
const scene = setScene({
  skip,
  prepare: async (set) => {
    guard = await openRooms(set);
  },
});

for (const language of languages) {
  test(`pages before the call, ${language}`, { skip }, async () => {
    await using visitor = await Visitor.arrive(scene, guard, language);
    await lookThrough(visitor, pagesBefore, language);
  });

  test(`the call, ${language}`, { skip }, async () => {
    await using lesson = await Lesson.begin(scene, language);
    await lookThrough(lesson, screensOfTheCall, language);
  });

  test(`pages after the call, ${language}`, { skip }, async () => {
    await using visitor = await Visitor.arrive(scene, guard, language);
    await lookThrough(visitor, pagesAfter, language);
  });
}

test("no dialog and no panel is left out", { skip }, async () => {
  const app = new URL("../../services/web/app/src/ui/", import.meta.url);
  const registries = await Promise.all(
    ["dialogs.tsx", "parts/panels.tsx"].map((path) => readFile(new URL(path, app), "utf8")),
  );
  const names = registries.flatMap((text) => [...text.matchAll(/^ {2}(\w+): lazy\(/gm)].map(([, name]) => name ?? ""));
  assert.ok(names.length > 0);
  const screens = [...pagesOfTheSecureDomain, ...screensOfTheCall].map(({ name }) => name);
  assert.deepEqual(
    names.filter((name) => !screens.some((screen) => screen === name || screen.startsWith(`${name}-`))),
    [],
  );
});

test("pages of the secure domain", { skip }, async () => {
  await scene.stack.administrator.change({ secureDomain: true });
  for (const language of languages) {
    await using visitor = await Visitor.arrive(scene, guard, language);
    await lookThrough(visitor, pagesOfTheSecureDomain, language);
  }
});
