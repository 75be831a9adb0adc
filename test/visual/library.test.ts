/** The library of recordings: its screens, as `screens.test.ts` looks at those of a call. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { withoutFfmpeg } from "../harness/recording/ffmpeg.ts";
import { keepRecording, recorderOf } from "../harness/recording/kept.ts";
import { setScene } from "../harness/stack.ts";
import { beginner, pagesOfTheLibrary, Reader, recording, teacher } from "./library.ts";
import { languages, lookThrough } from "./screen.ts";

const skip = withoutBrowser() || withoutFfmpeg();
const folder = mkdtempSync(join(tmpdir(), "veche-recordings-"));
after(() => rmSync(folder, { recursive: true, force: true }));

if (skip === false) {
  const owner = { name: teacher.name, key: "the-key-of-the-owner-0001" };
  const kept = { owner, film: "lesson.mp4" };
  const long = "Подготовка к олимпиаде по физике, второй тур: термодинамика и молекулярно-кинетическая теория";
  await keepRecording(folder, { ...kept, recording, roomName: long, startedMs: 1_763_632_800_000 });
  await keepRecording(folder, { ...kept, recording: "rec2", roomName: "5А класс", startedMs: 1_763_719_200_000 });
}

const scene = setScene({
  skip,
  ...recorderOf(folder),
  prepare: async ({ stack }) => {
    for (const account of [teacher, beginner]) await stack.administrator.addUser({ ...account, role: "teacher" });
  },
});

for (const language of languages) {
  test(`the library of recordings, ${language}`, { skip }, async () => {
    await using reader = await Reader.arrive(scene, language);
    await lookThrough(reader, pagesOfTheLibrary, language);
  });
}
