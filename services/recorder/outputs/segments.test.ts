import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmdirSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { silentLog } from "@veche/kit/log.ts";
import { joinParts } from "./join.ts";
import { openSegments } from "./segments.ts";
import { pieces, probe, signals, transportStream, withoutFfmpeg } from "./testing/material.ts";
import { until } from "./testing/until.ts";

describe("segments and their joining", { skip: withoutFfmpeg }, () => {
  let root: string;
  let stream: Buffer;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "recorder-segments-"));
    stream = await transportStream({ seconds: 7 });
  });
  after(() => rm(root, { recursive: true, force: true }));

  let count = 0;
  async function folder(): Promise<string> {
    const directory = join(root, String(count++));
    await mkdir(directory);
    return directory;
  }

  async function keep(directory: string, attempt: number, data: Buffer, startMs?: number): Promise<void> {
    const clock = startMs === undefined ? {} : { clock: fixedClock(startMs) };
    await using sink = await openSegments({ directory, attempt, log: silentLog, ...clock });
    for (const piece of pieces(data)) sink.write(piece);
  }

  const joined = (directory: string) =>
    joinParts({ directory, name: "room_2026-11-23-06-30-00", ffmpegPath: "ffmpeg", log: silentLog });

  async function assertInStep(path: string, expected: number): Promise<void> {
    const { flashes, beeps: ends, complaints } = await signals(path);
    // The end of the file ends a silence, too.
    const beeps = ends.filter((at) => at < (flashes.at(-1) ?? 0) + 0.5);
    assert.equal(complaints, "");
    assert.equal(flashes.length, expected);
    // The first of a run may lose its beep: sound from before the first key frame is silence.
    assert.ok(beeps.length >= expected - 3, `${beeps.length} beeps`);
    for (const beep of beeps) {
      const nearest = Math.min(...flashes.map((flash) => Math.abs(beep - flash)));
      assert.ok(nearest < 0.06, `a beep at ${beep} s is ${nearest} s from the next flash`);
    }
  }

  test("two seconds each, whole and in order, and told as safe", async () => {
    const directory = await folder();
    const sink = await openSegments({ directory, attempt: 1, log: silentLog });
    for (const piece of pieces(stream)) sink.write(piece);
    await sink[Symbol.asyncDispose]();
    const names = (await readdir(join(directory, "parts", "1"))).sort();
    assert.equal(names.length, 4);
    assert.ok(names.every((name) => /^000-00000\d-\d+\.ts$/.test(name)));
    assert.ok(Math.abs(sink.stored.seconds - 7) < 0.05, `${sink.stored.seconds}`);
    assert.ok(sink.stored.bytes >= stream.length * 0.98);
  });

  test("one attempt becomes an MP4 that begins to play before it is loaded, and no parts are left", async () => {
    const directory = await folder();
    await keep(directory, 1, stream);
    const { files, gaps } = await joined(directory);
    const [file] = files;
    assert.equal(files.length, 1);
    assert.deepEqual(gaps, []);
    assert.equal(file?.name, "room_2026-11-23-06-30-00.mp4");
    assert.equal(file?.type, "video/mp4");
    assert.ok(Math.abs((file?.durationSeconds ?? 0) - 7) < 0.15);
    const path = join(directory, file?.name ?? "");
    const { streams } = await probe(path);
    assert.deepEqual(streams.map((each) => each.codec_name).sort(), ["aac", "h264"]);
    assert.equal(streams.find((each) => each.codec_type === "video")?.nb_read_packets, "175");
    await assertInStep(path, 7);
    const head = (await readFile(path)).subarray(0, 4_096);
    assert.ok(head.indexOf("moov") > 0 && head.indexOf("moov") < 4096);
    const left = await readdir(directory);
    assert.deepEqual(left.sort(), [".joined.json", file?.name]);
    const sum = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    assert.equal(file?.sha256, sum);
  });

  test("attempts follow each other in step, whatever their timestamps and pictures, and the gap is told", async () => {
    const directory = await folder();
    const second = await transportStream({ seconds: 5, size: "192x108", offsetSeconds: 95_440 });
    const third = await transportStream({ seconds: 3, offsetSeconds: 3_000, preset: "ultrafast" });
    await keep(directory, 1, stream, 1_000_000);
    await keep(directory, 2, second, 1_010_500);
    await keep(directory, 10, third, 1_015_500);
    const { files, gaps } = await joined(directory);
    const path = join(directory, files[0]?.name ?? "");
    assert.ok(Math.abs((files[0]?.durationSeconds ?? 0) - 15) < 0.3, `${files[0]?.durationSeconds}`);
    assert.equal(gaps.length, 2);
    assert.ok(Math.abs((gaps[0]?.atSeconds ?? 0) - 7) < 0.15 && Math.abs((gaps[0]?.missingSeconds ?? 0) - 3.5) < 0.15);
    assert.ok((gaps[1]?.missingSeconds ?? 9) < 0.15);
    await assertInStep(path, 15);
  });

  test("a break in the timestamps within an attempt begins a run", async () => {
    const directory = await folder();
    await using sink = await openSegments({ directory, attempt: 1, log: silentLog });
    for (let n = 0; n < 2; n++) sink.write(stream);
    await sink[Symbol.asyncDispose]();
    const { files } = await joined(directory);
    assert.ok(Math.abs((files[0]?.durationSeconds ?? 0) - 14) < 0.2, `${files[0]?.durationSeconds}`);
    await assertInStep(join(directory, files[0]?.name ?? ""), 14);
  });

  test("kill -9 while it writes costs less than a second", async () => {
    const directory = await folder();
    const writer = new URL("./testing/write-segments.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [writer, directory], { stdio: ["pipe", "pipe", "inherit"] });
    const exited = new Promise((resolve) => child.once("exit", resolve));
    const bytes = Math.floor(stream.length * 0.8);
    child.stdin.write(stream.subarray(0, bytes));
    let heard = "";
    child.stdout.on("data", (data: Buffer) => {
      heard += data.toString();
    });
    await until(() => heard.includes(`${bytes}\n`));
    child.kill("SIGKILL");
    await exited;
    const names = await readdir(join(directory, "parts", "1"));
    assert.equal(names.filter((name) => name.endsWith(".part")).length, 1);
    const { files } = await joined(directory);
    const seconds = files[0]?.durationSeconds ?? 0;
    assert.ok(seconds > 7 * 0.8 - 1 && seconds <= 7, `${seconds}`);
    assert.equal((await signals(join(directory, files[0]?.name ?? ""))).complaints, "");
  });

  test("joining that was cut off is done again, to the same file", async () => {
    const [whole, cut, late] = [await folder(), await folder(), await folder()];
    for (const directory of [whole, cut, late]) await keep(directory, 1, stream, 5_000);
    const expected = (await joined(whole)).files;
    const stop = AbortSignal.timeout(30);
    const options = { directory: cut, name: "room_2026-11-23-06-30-00", ffmpegPath: "ffmpeg", log: silentLog };
    await assert.rejects(joinParts({ ...options, signal: stop }), { name: "TimeoutError" });
    assert.deepEqual((await joined(cut)).files, expected);
    assert.deepEqual((await joined(cut)).files, expected);
    // As it stands when it dies between naming the file and removing the parts.
    await joined(late);
    await mkdir(join(late, "parts.joining", "1"), { recursive: true });
    await writeFile(join(late, "parts.joining", "name"), "room_2026-11-23-06-30-00.mp4");
    await writeFile(join(late, "parts.joining", "1", "000-000003-5000.ts"), stream);
    assert.deepEqual((await joined(late)).files, expected);
    assert.deepEqual((await readdir(late)).sort(), [".joined.json", "room_2026-11-23-06-30-00.mp4"]);
  });

  test("what was captured after the file was complete gets a file of its own", async () => {
    const directory = await folder();
    await keep(directory, 1, stream);
    await joined(directory);
    await keep(directory, 2, stream);
    const { files } = await joined(directory);
    assert.deepEqual(
      files.map((file) => file.name),
      ["room_2026-11-23-06-30-00.mp4", "room_2026-11-23-06-30-00-2.mp4"],
    );
  });

  test("broken segments are left out", async () => {
    const directory = await folder();
    await keep(directory, 1, stream);
    await keep(directory, 2, stream);
    await mkdir(join(directory, "parts", "3"));
    await writeFile(join(directory, "parts", "3", "000-000000-9.ts.part"), Buffer.alloc(100_000));
    await mkdir(join(directory, "parts", "4"));
    await writeFile(join(directory, "parts", "4", "000-000000-9.ts"), Buffer.from("not a stream"));
    await mkdir(join(directory, "parts", "5"));
    await writeFile(join(directory, "parts", "5", "000-000000-9.ts"), "");
    const { files } = await joined(directory);
    assert.ok(Math.abs((files[0]?.durationSeconds ?? 0) - 14) < 0.3);
  });

  test("times that leap within a run make no hole, and lose nothing", async () => {
    const directory = await folder();
    await mkdir(join(directory, "parts", "1"), { recursive: true });
    const later = await transportStream({ seconds: 5, offsetSeconds: 5_000 });
    await writeFile(join(directory, "parts", "1", "000-000000-9.ts"), Buffer.concat([stream, later, stream]));
    const { files } = await joined(directory);
    assert.ok(Math.abs((files[0]?.durationSeconds ?? 0) - 19) < 0.4, `${files[0]?.durationSeconds}`);
    await assertInStep(join(directory, files[0]?.name ?? ""), 19);
  });

  test("nothing captured is no file", async () => {
    const directory = await folder();
    assert.deepEqual(await joined(directory), { files: [], gaps: [] });
    await (await openSegments({ directory, attempt: 1, log: silentLog }))[Symbol.asyncDispose]();
    assert.deepEqual(await joined(directory), { files: [], gaps: [] });
    await mkdir(join(directory, "parts", "1"), { recursive: true });
    await writeFile(join(directory, "parts", "1", "000-000000-9.ts.part"), stream.subarray(0, 500));
    assert.deepEqual(await joined(directory), { files: [], gaps: [] });
    assert.deepEqual(await readdir(directory), []);
  });

  test("a picture without sound is kept", async () => {
    const directory = await folder();
    await mkdir(join(directory, "parts", "1"), { recursive: true });
    await writeFile(join(directory, "parts", "1", "000-000000-9.ts"), withoutSound(stream));
    const { files } = await joined(directory);
    assert.ok((files[0]?.durationSeconds ?? 0) > 6);
  });

  for (const name of ["", "../x", "a/b", ".hidden", "a\0b", "x".repeat(300)]) {
    test(`no file is called ${JSON.stringify(name.slice(0, 10))}`, async () => {
      const directory = await folder();
      await assert.rejects(joinParts({ directory, name, ffmpegPath: "ffmpeg", log: silentLog }), { code: "internal" });
    });
  }

  const small = mountSmall();
  test("a full disk ends it with no-disk, and what was safe stays", { skip: small.reason }, async () => {
    await using sink = await openSegments({ directory: small.path, attempt: 1, log: silentLog });
    for (let bytes = 0; bytes < 2 ** 21; bytes += stream.length) sink.write(stream);
    await assert.rejects(sink.failed, { name: "SessionError", code: "no-disk" });
    await sink[Symbol.asyncDispose]();
    assert.ok(sink.stored.bytes > 0);
    await assert.rejects(joinParts({ directory: small.path, name: "x", ffmpegPath: "ffmpeg", log: silentLog }), {
      code: "no-disk",
    });
    assert.ok((await readdir(join(small.path, "parts.joining", "1"))).length > 1);
  });
  after(() => small.unmount());
});

/** A file system of a megabyte, where that is allowed. */
function mountSmall(): { path: string; reason: string | false; unmount: () => void } {
  const path = mkdtempSync(join(tmpdir(), "recorder-small-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path], { stdio: "ignore" });
  } catch {
    return { path, reason: "mounting a small file system is not allowed here", unmount: () => rmdirSync(path) };
  }
  const unmount = () => {
    execFileSync("umount", ["-l", path]);
    rmdirSync(path);
  };
  return { path, reason: false, unmount };
}

function fixedClock(now: number) {
  const timer = { cancel: () => {} };
  return { now: () => now, elapsed: () => now, after: () => timer, every: () => timer };
}

function withoutSound(data: Buffer): Buffer {
  const packets: Buffer[] = [];
  for (let at = 0; at < data.length; at += 188) {
    const packet = data.subarray(at, at + 188);
    if ((packet.readUInt16BE(1) & 0x1fff) !== 0x101) packets.push(packet);
  }
  return Buffer.concat(packets);
}
