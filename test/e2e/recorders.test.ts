/** Several recordings at once, who waits in line, and what a recorder does not do. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { withoutBrowser } from "../harness/browser.ts";
import { anna, boris } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { recorded } from "../harness/recording/acts.ts";
import { withoutFfmpeg } from "../harness/recording/ffmpeg.ts";
import { Film } from "../harness/recording/film.ts";
import { Moderator, refusalOf, sessionOf } from "../harness/recording/moderator.ts";
import { probe } from "../harness/recording/probe.ts";
import { Sound } from "../harness/recording/sound.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser() || withoutFfmpeg();
const recordedMs = 8_000;
const recorders = ["recorder", "recorder-2"] as const;
const scene = setScene({
  skip,
  size: { recorders: recorders.length },
  env: {
    VECHE_RECORDER_MAX_COMPOSITES: "1",
    VECHE_RECORDER_MAX_CPU: "1",
    VECHE_RECORDER_MIN_MEMORY: "0",
    VECHE_RECORDER_MIN_DISK: "100",
    VECHE_RECORDER_WARN_DISK: "200",
    JICOFO_RECORDING_QUEUE: "1",
  },
});
const rooms = ["first", "second", "third"] as const;
const moderators = new Map<string, Moderator>();
const jobs = new Map<string, string>();

const moderatorOf = (room: (typeof rooms)[number]): Moderator => {
  const moderator = moderators.get(room);
  if (moderator === undefined) throw new Error(`expected somebody in ${room}`);
  return moderator;
};

test("two rooms are recorded at once, each by a recorder, each with its own people alone", { skip }, async () => {
  for (const room of rooms) moderators.set(room, await Moderator.open(scene.stack.local.urls.http, room));
  for (const [room, identity] of [
    ["first", anna],
    ["second", boris],
  ] as const)
    await Participant.join(scene.browser, scene.stack.roomUrl(room), identity);
  const started = await Promise.all(
    (["first", "second"] as const).map(async (room) => ({
      room,
      ...(await moderatorOf(room).run({ mode: "file", layout: "grid" })),
    })),
  );
  for (const { room, id } of started) jobs.set(room, id);
  const startedAt = performance.now();
  const healths = await Promise.all(recorders.map(healthOf));
  assert.deepEqual(healths, ["BUSY", "BUSY"]);

  const waiting = sessionOf(await moderatorOf("third").start({ mode: "file" }));
  jobs.set("third", waiting);
  await eventually("the third has a place in line", () => {
    const status = moderatorOf("third").statuses().get(waiting);
    return status?.status === "pending" && status.place === 1 ? undefined : JSON.stringify(status);
  });
  using fourth = await Moderator.open(scene.stack.local.urls.http, "fourth");
  assert.equal(refusalOf(await fourth.start({ mode: "file" })), "resource-constraint");
  const again = await moderatorOf("first").start({ mode: "file" });
  assert.equal(refusalOf(again), "unexpected-request", again);
  await pause(Math.max(0, recordedMs - (performance.now() - startedAt)));
  for (const { room, id } of started) await moderatorOf(room).stop(id);
});

async function healthOf(name: (typeof recorders)[number]): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${scene.stack.privatePortOf(name)}/jibri/api/v1.0/health`);
  const { status } = (await answer.json()) as { readonly status: { readonly busyStatus: string } };
  return status.busyStatus;
}

test("who waited in line is recorded once there is room", { skip }, async () => {
  const id = jobs.get("third") ?? "";
  await eventually(
    "the third is on",
    () => {
      const status = moderatorOf("third").statuses().get(id);
      return status?.status === "on" ? undefined : JSON.stringify(status);
    },
    { timeoutMs: 40_000 },
  );
  await moderatorOf("third").stop(id);
});

test("each file has the one and not the other", { skip }, async () => {
  const all = await recorded(scene.stack, 2, recorders);
  const seen: string[] = [];
  for (const { directory, files } of all) {
    const path = join(directory, files[0] ?? "");
    const { durationSeconds } = await probe(path);
    if (durationSeconds < recordedMs / 2000) continue;
    const shares = (await Film.read(path)).shares(durationSeconds - 1.5);
    const sound = await Sound.read(path);
    for (const identity of [anna, boris])
      if ((shares.get(identity.color) ?? 0) > 0.3 && sound.level(identity.toneHz) > -50) seen.push(identity.name);
    // Frames and letters of the page have a hundredth of the picture.
    const both = [anna, boris].filter(({ color }) => (shares.get(color) ?? 0) > 0.1);
    assert.ok(both.length < 2, JSON.stringify([...shares]));
  }
  assert.deepEqual(seen.sort(), [anna.name, boris.name].sort());
});

test("streams do not go to private addresses, whatever they are called, nor to what is none of RTMP", {
  skip,
}, async () => {
  const moderator = moderatorOf("first");
  const statusOf = (id: string) => moderator.statuses().get(id);
  const addresses = [
    "rtmp://127.0.0.1/live/secret-key",
    "rtmp://localhost:1935/live/secret-key",
    "rtmp://[::1]/live/secret-key",
    "rtmp://[::ffff:10.0.0.1]/live/secret-key",
    "rtmp://2130706433/live/secret-key",
    "rtmps://169.254.169.254/latest/secret-key",
    "http://example.org/secret-key",
    "file:///etc/secret-key",
    "rtmp://example.org/live/secret-key\n-f",
    "-i /etc/secret-key",
  ];
  for (const streamId of addresses) {
    const answer = await moderator.start({ mode: "stream", streamId });
    if (refusalOf(answer) !== undefined) continue;
    const id = sessionOf(answer);
    await eventually(`${streamId} is off`, () => (statusOf(id)?.status === "off" ? undefined : statusOf(id)?.status), {
      timeoutMs: 30_000,
    });
    assert.equal(statusOf(id)?.failure, "error");
  }
  for (const { from, text } of scene.stack.lines) assert.ok(!text.includes("secret-key"), `${from}: ${text}`);
});

test("nobody but moderators records", { skip }, async () => {
  const guest = await Moderator.guest(scene.stack.local.urls.http, "first");
  const answer = await guest.start({ mode: "file" });
  assert.equal(refusalOf(answer), "not-allowed", answer);
  guest[Symbol.dispose]();
  for (const each of moderators.values()) each[Symbol.dispose]();
});
