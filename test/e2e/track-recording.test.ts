/** A file for each microphone and camera, straight from two bridges, and everybody's sound in one. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Manifest } from "@veche/recorder/tracks/manifest.ts";
import { withoutBrowser } from "../harness/browser.ts";
import { anna, boris, type Identity } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { type Recorded, recorded } from "../harness/recording/acts.ts";
import { withoutFfmpeg } from "../harness/recording/ffmpeg.ts";
import { Film } from "../harness/recording/film.ts";
import { Moderator } from "../harness/recording/moderator.ts";
import { longestGap, probe } from "../harness/recording/probe.ts";
import { Sound } from "../harness/recording/sound.ts";
import { setScene } from "../harness/stack.ts";

const skip = withoutBrowser() || withoutFfmpeg();
const scene = setScene({
  skip,
  size: { bridges: 2, recorders: 1 },
  env: {
    OCTO_BRIDGE_SELECTION_STRATEGY: "SplitBridgeSelectionStrategy",
    VECHE_RECORDER_RELAY_PORTS: "0-0",
    VECHE_RECORDER_MAX_CPU: "1",
    VECHE_RECORDER_MIN_MEMORY: "0",
    VECHE_RECORDER_MIN_DISK: "100",
    VECHE_RECORDER_WARN_DISK: "200",
  },
});
const room = "tracks";
const stretchMs = 5_000;
let moderator: Moderator;
const people: (readonly [Participant, Identity])[] = [];

function manifestOf({ directory }: Recorded): Manifest {
  return JSON.parse(readFileSync(join(directory, "manifest.json"), "utf8")) as Manifest;
}

test("each one's camera and microphone are recorded, also after the recorder was killed", { skip }, async () => {
  moderator = await Moderator.open(scene.stack.local.urls.http, room);
  for (const identity of [anna, boris])
    people.push([await Participant.join(scene.browser, scene.stack.roomUrl(room), identity), identity]);
  const { id, startedMs } = await moderator.run({ mode: "file", capture: "tracks" });
  await pause(stretchMs);
  await scene.stack.local.kill("recorder");
  await pause(stretchMs + 4_000);
  await moderator.stop(id);
  const [recording] = await recorded(scene.stack, 1);
  assert.ok(recording);
  const manifest = manifestOf(recording);
  console.log(`tracks: on after ${Math.round(startedMs)} ms; ${JSON.stringify(manifest)}`);
  assert.equal(manifest.attempts.length, 2);
  for (const [who, { color, toneHz }] of people) {
    const endpoint = await who.endpoint();
    assert.ok(manifest.participants.some((one) => one.endpoint === endpoint && one.person !== ""));
    for (const attempt of manifest.attempts.map((one) => one.attempt)) {
      const own = manifest.files.filter((file) => file.endpoint === endpoint && file.attempt === attempt);
      const picture = own.find(({ kind }) => kind === "video");
      const sound = own.find(({ kind }) => kind === "audio");
      assert.ok(picture && sound, JSON.stringify(own));
      const picturePath = join(recording.directory, picture.name);
      const soundPath = join(recording.directory, sound.name);
      assert.equal((await probe(picturePath)).video?.codec, "vp8");
      assert.equal((await probe(soundPath)).audio?.codec, "opus");
      assert.equal((await Film.read(picturePath)).colorAt(1, 0.5, 0.2), color);
      assert.ok((await Sound.read(soundPath)).hears(toneHz, 0.5, 2), `${toneHz} Hz of attempt ${attempt}`);
      assert.ok((await longestGap(soundPath, "audio")) < 1);
      assert.ok(Math.abs(picture.startMs - sound.startMs) < 2_500);
    }
  }
  const [before, after] = manifest.attempts.map(({ attempt }) =>
    manifest.files.filter((one) => one.attempt === attempt),
  );
  const lastBefore = Math.max(...(before ?? []).map(({ endMs }) => endMs));
  const firstAfter = Math.min(...(after ?? []).map(({ startMs }) => startMs));
  console.log(`tracks: ${firstAfter - lastBefore} ms missing after the recorder was killed`);
  assert.ok(firstAfter - lastBefore < 6_000);
});

test("of sound alone one file has everybody", { skip }, async () => {
  const { id } = await moderator.run({ mode: "file", capture: "audio" });
  await pause(stretchMs);
  await moderator.stop(id);
  const all = await recorded(scene.stack, 2);
  const recording = all.find((one) => manifestOf(one).mode === "audio");
  assert.ok(recording);
  const manifest = manifestOf(recording);
  assert.deepEqual([...new Set(manifest.files.map(({ kind }) => kind))], ["audio"]);
  const mixed = join(recording.directory, manifest.mix ?? "");
  const { audio, durationSeconds } = await probe(mixed);
  assert.equal(audio?.codec, "aac");
  assert.ok(Math.abs(durationSeconds - stretchMs / 1_000) < 3);
  const sound = await Sound.read(mixed);
  for (const { toneHz } of [anna, boris]) assert.ok(sound.hears(toneHz, 1, 2), `${toneHz} Hz`);
  moderator[Symbol.dispose]();
});
