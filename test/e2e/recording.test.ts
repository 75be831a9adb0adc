/** What moderators record and send live, as those who watch it later see and hear it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { withoutBrowser } from "../harness/browser.ts";
import { nameOf, promisesHeld, readFacts } from "../harness/facts.ts";
import { anna, boris, type Identity, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { askForStream, isRecorded, recorded, startRecording, stop } from "../harness/recording/acts.ts";
import { browserOf, encodersOf } from "../harness/recording/children.ts";
import { complaintsOf, withoutFfmpeg, withoutRtmpServer } from "../harness/recording/ffmpeg.ts";
import { Film } from "../harness/recording/film.ts";
import { offsetOf } from "../harness/recording/offset.ts";
import { longestGap, probe } from "../harness/recording/probe.ts";
import { oneRecorder } from "../harness/recording/recorder.ts";
import { RtmpServer } from "../harness/recording/rtmp-server.ts";
import { Sound } from "../harness/recording/sound.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser() || withoutFfmpeg();
/** A minute where there is time for it. */
const recordedMs = Number(process.env.VECHE_TEST_RECORDING_SECONDS ?? 15) * 1000;
const scene = setScene({ skip, ...oneRecorder });
const room = "RecordedLesson";
const clapper: Identity = { ...vera, claps: true };
const everybody = [anna, boris, clapper];
const streamKey = "a-secret-key-of-a-stream";
const people: Participant[] = [];

/** How much of a recording may be missing for each thing that is killed. */
const lostMs = 5_000;

async function gather(): Promise<void> {
  for (const identity of everybody)
    people.push(await Participant.join(scene.browser, scene.stack.roomUrl(room, "?lang=en"), identity));
  await eventually("everybody is there", async () => {
    const states = await Promise.all(people.map((each) => each.state()));
    return states.every(({ participants }) => participants.length === 2) ? undefined : "not yet";
  });
}

const teacher = (): Participant => people[0] as Participant;

function recorderPid(): number {
  const pid = scene.stack.local.pids().recorder;
  assert.ok(pid !== undefined, "the recorder runs");
  return pid;
}

test("three people are recorded: every colour and tone is in the file, sound and picture together", {
  skip,
}, async () => {
  await gather();
  await allPerceiveAll(people.slice(0, 2));
  await people[1]?.page.evaluate("vecheCamera.speak(true)");
  await startRecording(teacher());
  for (const each of people) await isRecorded(each, "on");
  await pause(recordedMs);
  await stop(teacher(), "file");
  const [{ directory, files, manifest }] = (await recorded(scene.stack, 1)) as [
    Awaited<ReturnType<typeof recorded>>[0],
  ];
  assert.equal(files.length, 1, files.join());
  const path = join(directory, files[0] ?? "");

  const media = await probe(path);
  assert.match(media.format, /mp4/);
  assert.deepEqual([media.video?.codec, media.audio?.codec], ["h264", "aac"]);
  assert.deepEqual([media.video?.width, media.video?.height], [1280, 720]);
  const seconds = recordedMs / 1000;
  assert.ok(Math.abs(media.durationSeconds - seconds) < 4, `${media.durationSeconds} s of ${seconds}`);
  const { framesPerSecond = 0 } = media.video ?? {};
  assert.ok(framesPerSecond > 15 && framesPerSecond < 31, `${framesPerSecond} frames a second`);
  assert.equal(await complaintsOf(path), "");
  const gaps = { video: await longestGap(path, "video"), audio: await longestGap(path, "audio") };
  assert.ok(gaps.video < 1 && gaps.audio < 0.2, JSON.stringify(gaps));

  const film = await Film.read(path);
  const sound = await Sound.read(path);
  const middle = media.durationSeconds / 2;
  const flashes = film.flashes();
  const seen = film.shares(dullNear(flashes, middle));
  for (const { color, name } of everybody)
    assert.ok((seen.get(color) ?? 0) > 0.005, `${name} is seen: ${JSON.stringify([...seen])}`);
  // Who speaks is large; the others are beside.
  assert.equal([...seen].toSorted(([, one], [, other]) => other - one)[0]?.[0], boris.color, JSON.stringify([...seen]));
  assert.ok(sound.hears(anna.toneHz, middle - 2, 4), `Anna is heard: ${sound.level(anna.toneHz)} dB`);
  assert.ok(sound.level(boris.toneHz, middle - 2, 4) > -50, `Boris is heard: ${sound.level(boris.toneHz)} dB`);
  const offset = offsetOf(flashes, sound.beeps(clapper.toneHz));
  console.log(`recording: ${JSON.stringify({ ...media, gaps, offset })}`);
  assert.ok(offset.pairs >= Math.floor(seconds / 2) - 3, JSON.stringify(offset));
  // The way through the meeting is in it: pictures and sounds of a person come by themselves, each with its own delay.
  assert.ok(Math.abs(offset.medianMs) < 120, JSON.stringify(offset));
  const told = JSON.stringify(manifest);
  for (const { name } of everybody)
    assert.ok(told.includes(JSON.stringify(name).slice(1, -1)) || told.includes("p_"), told);
});

/** A second near this one in which nobody flashes. */
function dullNear(flashes: readonly number[], second: number): number {
  const last = flashes.findLast((flash) => flash <= second) ?? second - 1;
  return last + 1;
}

test("killed in the middle, recorder, browser and encoder cost five seconds at most, and the file is one", {
  skip,
  timeout: 240_000,
}, async () => {
  const before = (await recorded(scene.stack, 1)).map(({ directory }) => directory);
  await startRecording(teacher());
  const startedAt = performance.now();
  await pause(6_000);
  const killed: string[] = ["recorder"];
  await scene.stack.local.kill("recorder");
  await captures();
  await pause(6_000);
  const browser = browserOf(recorderPid());
  assert.ok(browser !== undefined, "a browser runs below the recorder");
  process.kill(browser, "SIGKILL");
  killed.push("browser");
  await pause(1_000);
  await captures();
  await pause(6_000);
  const [encoder] = encodersOf(recorderPid());
  if (encoder !== undefined) {
    process.kill(encoder, "SIGKILL");
    killed.push("encoder");
    await pause(1_000);
    await captures();
  }
  await pause(5_000);
  await isRecorded(teacher(), "on");
  const lengthMs = performance.now() - startedAt;
  await stop(teacher(), "file");
  const whole = (await recorded(scene.stack, before.length + 1)).filter(({ directory }) => !before.includes(directory));
  assert.equal(whole.length, 1);
  const [{ directory, files }] = whole as [Awaited<ReturnType<typeof recorded>>[0]];
  assert.equal(files.length, 1, files.join());
  const path = join(directory, files[0] ?? "");
  assert.equal(await complaintsOf(path), "");
  const { durationSeconds } = await probe(path);
  // Each flash that is missing is two seconds of the lesson.
  const flashes = (await Film.read(path)).flashes().length;
  const missingMs = lengthMs - flashes * 2_000;
  console.log(`recording: ${JSON.stringify({ killed, lengthMs, durationSeconds, flashes })}`);
  assert.ok(missingMs < killed.length * lostMs + 3_000, `${missingMs} ms missing after ${killed.join(", ")}`);
});

/** A browser is in the room again. */
async function captures(): Promise<void> {
  await eventually("a browser of the recorder", () => (browserOf(recorderPid()) ? undefined : "none"), {
    timeoutMs: 20_000,
  });
}

test("it goes live and is recorded at once; a server that goes away and comes back has it again", {
  skip: skip || withoutRtmpServer(),
  timeout: 240_000,
}, async () => {
  await using server = await RtmpServer.start();
  const before = await recorded(scene.stack, 2);
  await askForStream(teacher(), server.url(streamKey));
  for (const each of people) await isRecorded(each, "on", {}, "stream");
  await startRecording(teacher());
  const directory = before[0]?.directory ?? "";
  await eventually("it can be watched", () => watched(server, join(directory, "..", "watched.flv")), {
    timeoutMs: 30_000,
  });
  await server.stop();
  await server.start();
  await eventually("it can be watched again", () => watched(server, join(directory, "..", "again.flv")), {
    timeoutMs: 45_000,
  });
  await stop(teacher(), "stream");
  await isRecorded(teacher(), "on");
  await stop(teacher(), "file");
  const all = await recorded(scene.stack, before.length + 1);
  assert.equal(all.length, before.length + 1);
});

/** Three seconds of it: who speaks is seen and heard. */
async function watched(server: RtmpServer, path: string): Promise<string | undefined> {
  try {
    await server.watch(streamKey, 3, path);
    const { video, audio } = await probe(path);
    assert.deepEqual([video?.codec, audio?.codec], ["h264", "aac"]);
    const seen = (await Film.read(path)).shares(1);
    assert.ok((seen.get(boris.color) ?? 0) > 0.1, JSON.stringify([...seen]));
    assert.ok((await Sound.read(path)).level(anna.toneHz) > -50);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.slice(-300) : String(error);
  }
}

test("addresses that are none of a stream are refused, and whoever asked is told", { skip }, async () => {
  for (const address of ["http://example.org/live", "file:///etc/passwd", "rtmp://a b/c", "rtmp://x/$(id)\n|tee"]) {
    await askForStream(teacher(), address);
    await teacher().shows(`is told that ${address} is refused`, '.recording-form [role="alert"]:not(:empty)');
    await teacher().page.keyboard.press("Escape");
  }
  assert.ok((await teacher().state()).participants.length === 2);
});

test("the facts keep their promises, and no secret is in them or in what was logged", { skip }, async () => {
  for (const each of people) await each.hangUp();
  // A browser that was killed has its place for a minute.
  const patience = { timeoutMs: 75_000 };
  const unsaid = [streamKey, ...everybody.map(({ name }) => name)];
  const facts = await promisesHeld(scene.stack.local, room, unsaid, patience);
  const names = new Set(facts.map(nameOf));
  for (const name of ["recording.requested", "recording.started", "recording.stopped", "stream.started"])
    assert.ok(names.has(name), `${name} among ${[...names].join(", ")}`);
  await eventually("all recordings are said to be available", async () => {
    const all = (await readFacts(scene.stack.local, room)).map(nameOf);
    const of = (name: string) => all.filter((one) => one === name).length;
    return of("recording.available") === of("recording.requested") ? undefined : all.join(", ");
  });
  for (const each of people) assert.deepEqual(each.troubles, [], each.identity.name);
  const secrets = [streamKey, ...scene.stack.secrets()];
  for (const { from, text } of scene.stack.lines)
    for (const secret of secrets) assert.ok(!text.includes(secret), `${from} logged a secret`);
});
