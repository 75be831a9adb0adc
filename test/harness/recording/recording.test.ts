/** The instruments, held against material whose colours, tones, gaps and offset are known. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { complaintsOf, ffmpeg, withoutFfmpeg, withoutRtmpServer } from "./ffmpeg.ts";
import { Film } from "./film.ts";
import { offsetOf } from "./offset.ts";
import { longestGap, probe } from "./probe.ts";
import { RtmpServer } from "./rtmp-server.ts";
import { Sound } from "./sound.ts";

const skip = withoutFfmpeg();
const directory = mkdtempSync(join(tmpdir(), "veche-instruments-"));
after(() => rmSync(directory, { recursive: true }));

const encoders = [
  "-c:v",
  "libx264",
  "-preset",
  "ultrafast",
  "-pix_fmt",
  "yuv420p",
  "-g",
  "25",
  "-c:a",
  "aac",
  "-ar",
  "48000",
];

/** Red on the left, blue on the right with a flash each second; 440 Hz all the time, 1210 Hz with the flashes. */
async function makeMaterial(name: string, lateMs: number, seconds = 8): Promise<string> {
  const path = join(directory, name);
  const late = lateMs / 1000;
  const video = `color=c=0xd02020:s=320x180:r=25:d=${seconds}[left];color=c=0x2840d0:s=320x180:r=25:d=${seconds},drawbox=c=white:t=fill:enable='between(mod(t,1),0.4,0.6)'[right];[left][right]hstack[v]`;
  const beep = `if(between(mod(t-${late},1),0.4,0.6),0.3*sin(2*PI*1210*t),0)`;
  const audio = `aevalsrc='0.1*sin(2*PI*440*t)+${beep}':s=48000:d=${seconds}[a]`;
  await ffmpeg(["-filter_complex", `${video};${audio}`, "-map", "[v]", "-map", "[a]", ...encoders, path]);
  return path;
}

test("a file is probed: duration, codecs, size, frame rate, no gap, no complaint", { skip }, async () => {
  const path = await makeMaterial("plain.mp4", 0);
  const { durationSeconds, video, audio } = await probe(path);
  assert.ok(Math.abs(durationSeconds - 8) < 0.1);
  assert.deepEqual([video?.codec, audio?.codec], ["h264", "aac"]);
  assert.deepEqual([video?.width, video?.height, video?.framesPerSecond], [640, 180, 25]);
  assert.equal(audio?.sampleRate, 48_000);
  assert.ok((await longestGap(path, "video")) < 0.045);
  assert.ok((await longestGap(path, "audio")) < 0.025);
  assert.equal(await complaintsOf(path), "");
});

test("colours are found where they are, tones where they sound", { skip }, async () => {
  const path = await makeMaterial("colours.mp4", 0, 3);
  const film = await Film.read(path);
  assert.equal(film.colorAt(1, 0.25, 0.5), "red");
  assert.equal(film.colorAt(1, 0.75, 0.5), "blue");
  assert.equal(film.colorAt(1.5, 0.75, 0.5), "white");
  assert.ok(Math.abs((film.shares(1).get("blue") ?? 0) - 0.5) < 0.05);
  assert.ok(Math.abs((film.middleOf("red", 1)?.x ?? 0) - 0.25) < 0.03);
  const sound = await Sound.read(path);
  assert.ok(sound.hears(440));
  assert.ok(!sound.hears(790));
  assert.ok(!sound.hears(1210), "a beep is not there half of the time");
});

for (const lateMs of [-120, 0, 80])
  test(`sound that is ${lateMs} ms late is found to be`, { skip }, async () => {
    const path = await makeMaterial(`late${lateMs}.mp4`, lateMs);
    const offset = offsetOf((await Film.read(path)).flashes(), (await Sound.read(path)).beeps(1210));
    assert.ok(offset.pairs >= 7, JSON.stringify(offset));
    assert.ok(Math.abs(offset.medianMs - lateMs) <= 20, JSON.stringify(offset));
  });

test("a gap is found, in the picture and in the sound", { skip }, async () => {
  const whole = await makeMaterial("whole.mp4", 0, 4);
  const path = join(directory, "gap.mkv");
  const cut = (selected: string) => `${selected}='not(between(t,1.5,2.25))'`;
  await ffmpeg(["-i", whole, "-vf", cut("select"), "-af", cut("aselect"), "-vsync", "vfr", ...encoders, path]);
  assert.ok((await longestGap(path, "video")) > 0.7);
});

test("a part of a file is read with the times of the file", { skip }, async () => {
  const path = await makeMaterial("part.mp4", 0, 6);
  const film = await Film.read(path, 2, 3);
  assert.ok(Math.abs(film.seconds - 3) < 0.1);
  for (const flash of film.flashes()) assert.ok(Math.abs((flash % 1) - 0.4) < 0.05, String(flash));
});

test("what is streamed to the server can be watched there", { skip: skip || withoutRtmpServer() }, async () => {
  await using server = await RtmpServer.start();
  const path = await makeMaterial("live.mp4", 0, 6);
  const watched = join(directory, "watched.flv");
  const sending = ffmpeg(["-re", "-i", path, "-c", "copy", "-f", "flv", server.url("a-key")]);
  await server.watch("a-key", 2, watched);
  await sending;
  const { video, audio } = await probe(watched);
  assert.deepEqual([video?.codec, audio?.codec], ["h264", "aac"]);
  assert.equal((await Film.read(watched)).colorAt(1, 0.25, 0.5), "red");
});
