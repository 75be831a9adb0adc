import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { conference as facts } from "@veche/proto/facts.ts";
import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import { SessionError } from "../session/contract.ts";
import { finishTracks } from "./finish.ts";
import { trackLimits } from "./limits.ts";
import { type Manifest, readManifest, type TrackEntry } from "./manifest.ts";
import { colorOf, decode, levelOf, makePicture, makeSound, pitchOf, probe, withoutFfmpeg } from "./testing/clips.ts";
import { type Clip, writeClip } from "./testing/scripted-bridge.ts";
import { conference, meeting, Studio } from "./testing/studio.ts";

const rules = { ffmpegPath: "ffmpeg", mixName: "everybody" };

async function until(what: string, test: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await test())) {
    assert.ok(performance.now() < end, `expected within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function manifestOf(directory: string): Promise<Manifest> {
  const manifest = await readManifest(directory);
  assert.ok(manifest);
  return manifest;
}

function only(files: readonly TrackEntry[], kind: "audio" | "video"): TrackEntry {
  const found = files.filter((file) => file.kind === kind);
  assert.equal(found.length, 1);
  return found[0] as TrackEntry;
}

describe("a recording of tracks", { skip: withoutFfmpeg() }, () => {
  let root: string;
  let picture: Clip;
  let sound: Clip;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), "veche-tracks-"));
    const [red, tone] = await Promise.all([makePicture("red"), makeSound(440)]);
    picture = { name: "aaaa1111-v0", owner: "aaaa1111", kind: "video", frames: red };
    sound = { name: "aaaa1111-a0", owner: "aaaa1111", kind: "audio", frames: tone };
  });
  after(() => rm(root, { recursive: true, force: true }));

  test("lost pictures are asked for again and come; lost sound is counted; what is stored plays", async () => {
    await using studio = await Studio.open();
    const directory = join(root, "loss");
    const capture = await studio.record(directory);
    studio.bridge.loss = 0.05;
    await studio.offer([picture, sound]);
    const start = performance.now();
    await until("something is stored", () => capture.storedBytes > 1_500);
    await until("three seconds are stored", () => performance.now() - start > 3_000);
    studio.bridge.loss = 0;
    await until("what was lost has come again", () => performance.now() - start > 3_500);
    await capture[Symbol.asyncDispose]();
    const stored = await finishTracks(directory, rules);
    const { files } = await manifestOf(directory);
    assert.equal(stored.length, 3);
    const [seen, heard] = [only(files, "video"), only(files, "audio")];
    assert.ok(studio.bridge.packetsAsked > 0);
    // A gap of a machine that stood still holds nothing that was lost.
    assert.deepEqual([seen.lostPackets, seen.gaps.filter(({ lost }) => lost > 0)], [0, []]);
    // The very first packet may have been lost, which nobody knows of: the next key frame is soon asked for.
    assert.ok(seen.droppedFrames < 25);
    assert.ok(heard.lostPackets > 0 && heard.gaps.length > 0, JSON.stringify(heard));
    for (const { name, endMs, startMs } of [seen, heard]) {
      const path = join(directory, name);
      assert.equal((await decode(path)).complaints, "");
      assert.ok(Math.abs((await probe(path)).seconds - (endMs - startMs) / 1_000) < 0.1);
    }
    assert.ok(Math.abs(seen.startMs - heard.startMs) < 300);
    const [red = 0, green = 255] = await colorOf(join(directory, seen.name));
    assert.ok(red > 200 && green < 60);
    assert.ok(Math.abs((await pitchOf(join(directory, heard.name))) - 440) < 15);
    assert.deepEqual([seen.width, seen.height], [320, 180]);
  });

  test("killed in the middle, what was stored plays, and another attempt goes on in the same manifest", async () => {
    const directory = join(root, "killed");
    const program = join(import.meta.dirname, "testing/record-until-killed.ts");
    const clips = join(root, "clips.json");
    await writeFile(clips, JSON.stringify([picture, sound].map(writeClip)));
    for (const attempt of [1, 2]) {
      const child = spawn(process.execPath, [program, directory, String(attempt), clips], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(child.stdout, "data");
      const began = performance.now();
      await until("two seconds", () => performance.now() - began > 2_000);
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    const stored = await finishTracks(directory, rules);
    assert.deepEqual((await finishTracks(directory, rules)).length, stored.length, "again, with the same");
    const { files, attempts, startedMs, endedMs } = await manifestOf(directory);
    assert.equal(files.length, 4);
    for (const attempt of [1, 2]) {
      const own = files.filter((file) => file.attempt === attempt);
      for (const entry of [only(own, "video"), only(own, "audio")]) {
        const path = join(directory, entry.name);
        const { complaints, frames } = await decode(path);
        assert.equal(complaints, "");
        assert.ok(frames > 15);
        const { seconds } = await probe(path);
        assert.ok(seconds > 0.7, `${entry.name}: ${seconds} s of two`);
        assert.equal(entry.endMs - entry.startMs, Math.round(seconds * 1_000));
      }
    }
    assert.ok((attempts[1]?.startMs ?? 0) > 2_000);
    assert.ok(endedMs - startedMs >= Math.max(...files.map(({ endMs }) => endMs)));
    const second = files.find(({ attempt, kind }) => attempt === 2 && kind === "video");
    const [red = 0] = await colorOf(join(directory, second?.name ?? ""), 0.3);
    assert.ok(red > 200);
  });

  test("of a recording of sound no picture is fetched, and everybody is in one file, each in the right place", async () => {
    await using studio = await Studio.open();
    const directory = join(root, "sound");
    const capture = await studio.record(directory, { mode: "audio" });
    await studio.offer([picture, sound]);
    assert.deepEqual(studio.bridge.asked, [["aaaa1111-a0"]]);
    const began = performance.now();
    await until("a second", () => performance.now() - began > 1_000);
    const other = { name: "bbbb2222-a0", owner: "bbbb2222", kind: "audio", frames: await makeSound(1_320) } as const;
    await studio.offer([other]);
    const met = performance.now();
    await until("two seconds", () => performance.now() - met > 2_000);
    await capture[Symbol.asyncDispose]();
    const stored = await finishTracks(directory, rules);
    const manifest = await manifestOf(directory);
    const [first, second] = manifest.files;
    assert.ok(first && second);
    assert.deepEqual(
      stored.map((file) => [file.name, file.type]),
      [
        ["everybody.m4a", "audio/mp4"],
        [first.name, "audio/webm"],
        [second.name, "audio/webm"],
        ["manifest.json", "application/json"],
      ],
    );
    const mixed = join(directory, "everybody.m4a");
    const { seconds, codec } = await probe(mixed);
    assert.equal(codec, "aac");
    assert.ok(Math.abs(seconds - Math.max(first.endMs, second.endMs) / 1_000) < 0.1);
    // Alone at first; then the other one is heard over it.
    const alone = second.startMs / 1_000 - 0.7;
    assert.ok(Math.abs((await levelOf(mixed, 440, alone)) - (await levelOf(mixed, 440, alone + 1.5))) < 6);
    assert.ok((await levelOf(mixed, 1_320, alone)) < -50);
    assert.ok((await levelOf(mixed, 1_320, alone + 1.5)) > -40);
  });

  test("what is removed ends its file, and begins another when it comes back", async () => {
    await using studio = await Studio.open();
    const directory = join(root, "back");
    const capture = await studio.record(directory);
    const to = { bridge: studio.recorder };
    await studio.offer([sound]);
    await until("a file", () => capture.storedBytes > 2_000);
    await studio.focus.request(subjects.removeRemoteSources, to, { conference, epoch: 1n, names: [sound.name] });
    await until("the bridge knows", () => Object.keys(studio.bridge.states.at(-1)?.wishes ?? {}).length === 0);
    const before = capture.storedBytes;
    await studio.offer([sound]);
    await until("it goes on", () => capture.storedBytes > before + 2_000);
    await capture[Symbol.asyncDispose]();
    assert.equal((await finishTracks(directory, rules)).length, 3);
    const { files } = await manifestOf(directory);
    assert.ok((files[1]?.startMs ?? 0) >= (files[0]?.endMs ?? 0));
    assert.deepEqual(Object.keys(studio.bridge.states.at(-1)?.wishes ?? {}), [], "nothing more is wanted");
  });

  test("rubbish on the port is counted and does no harm", async () => {
    await using studio = await Studio.open();
    const directory = join(root, "rubbish");
    const capture = await studio.record(directory);
    await studio.offer([sound]);
    await until("something is stored", () => capture.storedBytes > 1_000);
    const { port, ip } = studio.bridge.target;
    const stranger = createSocket("udp4");
    for (let count = 0; count < 200; count += 1) {
      const bytes = Buffer.alloc(12 + count * 3, count);
      bytes[0] = 0x80;
      bytes[1] = 111;
      stranger.send(Buffer.from(bytes), port, ip);
      bytes.writeUInt32BE(studio.bridge.ssrcOf(sound.name), 8);
      studio.bridge.sendRaw(bytes);
    }
    const large = Buffer.alloc(trackLimits.packetBytes + 1, 0x80);
    large.writeUInt32BE(studio.bridge.ssrcOf(sound.name), 8);
    studio.bridge.sendRaw(large);
    const sent = { foreign: 200, large: 1, spoilt: 200 };
    await until(
      "all of it is counted",
      () => JSON.stringify(capture.figures().rubbish) === JSON.stringify(sent),
      3_000,
    );
    stranger.close();
    const before = capture.storedBytes;
    await until("it goes on", () => capture.storedBytes > before + 1_000);
    await capture[Symbol.asyncDispose]();
    const [entry] = (await manifestOf(directory)).files;
    assert.equal(entry?.lostPackets, 0);
  });
});

test("the timeline has who was there, sent and spoke, whether said before or meanwhile, and no name", async () => {
  await using studio = await Studio.open();
  const directory = await mkdtemp(join(tmpdir(), "veche-tracks-"));
  try {
    const values = { tenant: meeting.tenant, room: meeting.room, session: meeting.session };
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    const participant = { endpoint: "aaaa1111", person: "p_1" };
    const base = { ...values, epoch: 1n };
    const headers = (id: string) => ({ id, source: "/focus/x", time: at(0) });
    await studio.focus.record(
      facts.participantJoined,
      values,
      { ...base, seq: 2n, time: at(-5_000), participant },
      headers("2"),
    );
    const capture = await studio.record(directory);
    const source = { name: "aaaa1111-a0", muted: true };
    const muted = { ...base, seq: 3n, time: at(0), participant, source };
    await studio.focus.record(facts.sourceMuted, values, muted, headers("3"));
    const spoke = { ...base, seq: 4n, time: at(10), endpoint: "aaaa1111", previous: "" };
    await studio.focus.record(facts.speakerChanged, values, spoke, headers("4"));
    await studio.network.idle();
    await studio.focus.record(
      facts.sessionEnded,
      values,
      { ...base, seq: 5n, time: at(20), reason: "empty" },
      headers("5"),
    );
    assert.deepEqual(await capture.ended, { reason: "empty" });
    await capture[Symbol.asyncDispose]();
    const manifest = await manifestOf(directory);
    assert.deepEqual(manifest.participants, [participant]);
    assert.deepEqual(
      manifest.events.map(({ type, endpoint, source: name }) => [type, endpoint, name]),
      [
        ["joined", "aaaa1111", undefined],
        ["muted", "aaaa1111", "aaaa1111-a0"],
        ["speaker", "aaaa1111", undefined],
      ],
    );
    assert.ok((manifest.events[0]?.atMs ?? 0) < -4_000);
    assert.equal((await readFile(join(directory, "manifest.json"), "utf8")).includes("Name"), false);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test("more sources than a recording may have, an old focus and an unknown conference are refused", async () => {
  await using studio = await Studio.open();
  const directory = await mkdtemp(join(tmpdir(), "veche-tracks-"));
  try {
    const to = { bridge: studio.recorder };
    const refuses = (code: string) => (error: unknown) => error instanceof VecheError && error.code === code;
    await assert.rejects(studio.offer([]), refuses("not-found"));
    await using capture = await studio.record(directory);
    await assert.rejects(studio.record(directory, { attempt: 2 }), SessionError);
    const many = Array.from({ length: trackLimits.sources + 1 }, (_, index) => ({
      name: `s${index}`,
      owner: "aaaa1111",
      kind: MediaKind.AUDIO,
    }));
    const request = { conference, epoch: 7n, room: "room", bridge: "b1", instance: "b-1" };
    await assert.rejects(
      studio.focus.request(subjects.addRemoteSources, to, { ...request, sources: many }),
      refuses("resource-exhausted"),
    );
    await assert.rejects(studio.offer([], 6n), refuses("failed-precondition"));
    const { conferences } = await studio.focus.request(subjects.snapshot, to, {});
    assert.deepEqual(
      conferences.map((one) => [one.conference, one.endpoints, one.remote]),
      [[conference, [], []]],
    );
    await studio.focus.request(subjects.expireConference, to, { conference, epoch: 7n });
    assert.deepEqual(await capture.ended, { reason: "empty" });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
