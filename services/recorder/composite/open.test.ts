import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { CaptureEnd } from "../session/contract.ts";
import { measureFilm } from "./testing/film-figures.ts";
import { makeFilm, serveMeetingPage } from "./testing/meeting-page.ts";
import { openFilm, withoutPrograms } from "./testing/openers.ts";
import { descendantsOf, readProcess } from "./testing/processes.ts";

const skip = withoutPrograms();
const small = { JIBRI_RECORDING_RESOLUTION: "640x360" };
const codeOf = (end: CaptureEnd) => (end.reason === "failed" ? end.error.code : end.reason);

test("flashes and beeps of a page are a film of 25 pictures a second, at the same time", { skip }, async () => {
  const film = await makeFilm({ width: 640, height: 360, seconds: 8 });
  await using page = await serveMeetingPage({ films: [film] });
  const directory = await mkdtemp(join(tmpdir(), "veche-film-"));
  const path = join(directory, "film.ts");
  try {
    {
      await using composite = await openFilm(page.origin, small);
      const file = createWriteStream(path);
      composite.media.pipe(file);
      await until(() => composite.figures().frames >= 150, 20_000);
      await composite.setLayout("grid");
      await composite[Symbol.asyncDispose]();
      await finished(file);
      const { frames, droppedFrames } = composite.figures();
      assert.ok(droppedFrames < frames / 10, `${droppedFrames} of ${frames} left out`);
    }
    const figures = await measureFilm(path);
    assert.deepEqual(figures.codecs, ["h264", "aac"]);
    assert.equal(figures.size, "640x360");
    assert.ok(figures.frames >= 150, `${figures.frames} pictures`);
    assert.equal(figures.shortestGapMs, 40);
    assert.ok(figures.longestGapMs <= 120, `a gap of ${figures.longestGapMs} ms`);
    assert.ok(figures.keyGapsMs.length >= 2 && figures.keyGapsMs.every((gap) => gap <= 2_120), `${figures.keyGapsMs}`);
    assert.ok(figures.soundSeconds > 5, `${figures.soundSeconds} s of sound`);
    const lags = figures.soundLagsMs.slice(0, -1);
    assert.ok(lags.length >= 2 && lags.every((lag) => Math.abs(lag) < 80), `beeps are ${figures.soundLagsMs} ms late`);
    assert.deepEqual(page.paths.slice(0, 1), ["/lesson"]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test("a page on which nothing moves and nothing is heard is a film all the same", { skip }, async () => {
  await using page = await serveMeetingPage({});
  await using composite = await openFilm(page.origin, small);
  composite.media.resume();
  await until(() => composite.figures().frames >= 60, 10_000);
});

test("it is told that the browser, its page or the encoder died, and nothing is left", { skip }, async () => {
  await using page = await serveMeetingPage({});
  for (const [isVictim, code] of [
    [(name: string) => name === "ffmpeg", "encoder-died"],
    [(name: string, line: string) => name.startsWith("chrom") && !line.includes("--type="), "browser-died"],
    [(name: string, line: string) => name.startsWith("chrom") && line.includes("--type=renderer"), "browser-died"],
  ] as const) {
    await using composite = await openFilm(page.origin, small);
    composite.media.resume();
    const started = descendantsOf(process.pid);
    for (const { pid, name } of started) if (isVictim(name, commandOf(pid))) process.kill(pid, "SIGKILL");
    assert.equal(codeOf(await composite.ended), code);
    await composite[Symbol.asyncDispose]();
    await until(() => started.every(({ pid }) => !readProcess(pid)), 5_000);
  }
  assert.deepEqual(profilesOf(process.pid), []);
});

test("a page that hangs is told within seconds", { skip }, async () => {
  const body = "<script>setInterval(() => { while (document.title === 'grid'); }, 100)</script>";
  await using page = await serveMeetingPage({ body });
  await using composite = await openFilm(page.origin, small);
  composite.media.resume();
  await composite.setLayout("grid");
  assert.equal(codeOf(await composite.ended), "browser-died");
});

test("a refused page, one that is not there, and an end while it joins reject", { skip }, async () => {
  await using refused = await serveMeetingPage({ state: `{ phase: "failed", reason: "no-such-room" }` });
  await assert.rejects(openFilm(refused.origin, small), { code: "join-failed", message: /no-such-room/ });
  await assert.rejects(openFilm("http://127.0.0.1:9", small), { code: "join-failed" });
  await assert.rejects(openFilm(refused.origin, { ...small, CHROMIUM_PATH: "/nowhere" }), { code: "browser-died" });
  await using slow = await serveMeetingPage({ state: `{ phase: "joining" }` });
  const closing = new AbortController();
  const opening = openFilm(slow.origin, small, closing.signal);
  await until(() => slow.paths.length > 0, 10_000);
  closing.abort(new Error("not wanted any more"));
  await assert.rejects(opening, /not wanted any more/);
  assert.deepEqual(profilesOf(process.pid), []);
});

test("killed with -9 the recorder leaves no process behind", { skip }, async () => {
  await using page = await serveMeetingPage({});
  const script = `
    import { openFilm } from ${JSON.stringify(new URL("./testing/openers.ts", import.meta.url).href)};
    const composite = await openFilm(${JSON.stringify(page.origin)}, ${JSON.stringify(small)});
    composite.media.resume();
    console.log("open");`;
  const recorder = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { pid = 0 } = recorder;
  for await (const _ of createInterface({ input: recorder.stdout })) break;
  const started = descendantsOf(pid);
  assert.ok(started.length > 3, `${started.map(({ name }) => name)}`);
  recorder.kill("SIGKILL");
  await once(recorder, "exit");
  await until(() => started.every((each) => !readProcess(each.pid)), 5_000);
  // The next one removes what it left on the disk.
  await assert.rejects(openFilm("http://127.0.0.1:9", small));
  assert.deepEqual(profilesOf(pid), []);
});

function profilesOf(pid: number): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`veche-composite-${pid}-`));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

async function until(isDone: () => boolean, mostMs: number): Promise<void> {
  for (const end = performance.now() + mostMs; !isDone(); await wait(20))
    assert.ok(performance.now() < end, `it took longer than ${mostMs} ms`);
}
