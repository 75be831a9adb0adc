/** What Chromium sends through a bridge with a real media worker, as a recorder of tracks keeps it. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { systemClock } from "@veche/kit/clock.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MediaKind, VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import { finishTracks } from "@veche/recorder/tracks/finish.ts";
import type { Manifest } from "@veche/recorder/tracks/manifest.ts";
import { openTracks } from "@veche/recorder/tracks/open.ts";
import { Taps } from "@veche/recorder/tracks/relay/taps.ts";
import { videoCodecs } from "@veche/videobridge/domain/video-codec.ts";
import { findWorker } from "@veche/videobridge/testing/worker.ts";
import type { Browser } from "playwright-core";
import { launchBrowser, withoutBrowser } from "../harness/browser.ts";
import { anna, boris, cssColor, type Identity } from "../harness/identities.ts";
import { complaintsOf, withoutFfmpeg } from "../harness/recording/ffmpeg.ts";
import { Film } from "../harness/recording/film.ts";
import { longestGap, probe } from "../harness/recording/probe.ts";
import { Sound } from "../harness/recording/sound.ts";
import { eventually } from "../harness/wait.ts";
import { startBridge } from "./bridge.ts";
import { BrowserPeer, joinAll } from "./peer.ts";

const worker = findWorker();
const skip =
  withoutBrowser() ||
  withoutFfmpeg() ||
  (worker === undefined && "no media worker here: node deploy/mediasoup-worker/ensure.ts");

const recorder = "recorder-1";
const people: readonly (readonly [string, Identity])[] = [
  ["aaaa1111", anna],
  ["bbbb2222", boris],
];

/** As ffprobe calls them. */
const codecNames = { VP8: "vp8", VP9: "vp9", AV1: "av1", H264: "h264" } as const;

function sourcesOf(owner: string) {
  return [
    { name: `${owner}-a0`, owner, kind: MediaKind.AUDIO },
    { name: `${owner}-v0`, owner, kind: MediaKind.VIDEO, videoType: VideoType.CAMERA },
  ];
}

/** Times between pictures differ, and ffmpeg complains where it rounds two of them to one. */
async function faultsOf(path: string): Promise<string[]> {
  const complaints = (await complaintsOf(path)).split("\n");
  return complaints.filter((line) => line !== "" && !line.includes("non monotonically increasing dts"));
}

describe("tracks of a conference", { skip }, () => {
  let running: Awaited<ReturnType<typeof startBridge>>;
  let browser: Browser;
  let taps: Taps;
  let root: string;

  before(async () => {
    running = await startBridge(worker as string, { JVB_RELAY_ADDRESS: "127.0.0.1" });
    browser = await launchBrowser();
    root = await mkdtemp(join(tmpdir(), "veche-tracks-"));
    taps = new Taps(running.busOf("recorder"), recorder, systemClock);
  });
  after(async () => {
    taps?.[Symbol.dispose]();
    await browser?.close();
    await running?.bridge[Symbol.asyncDispose]();
    if (!process.env.VECHE_KEEP) await rm(root, { recursive: true, force: true });
  });

  for (const videoCodec of videoCodecs)
    test(`${videoCodec}: each source is a file with its colour or tone, in line with the others`, async (context) => {
      const { bridge, focus } = running;
      const conference = `tracks-${videoCodec}`;
      const directory = join(root, videoCodec);
      const open = ([id, { color, toneHz }]: readonly [string, Identity]) =>
        BrowserPeer.open(browser, focus, id, {
          conference,
          videoCodec,
          channelOrigin: `ws://127.0.0.1:${bridge.channelPort}`,
          pageUrl: `http://127.0.0.1:${bridge.httpPort}/health/live`,
          picture: { height: 360, isBusy: false, color: cssColor(color) },
          toneHz,
        });
      const peers = await Promise.all(people.map(open));
      try {
        if (!(await peers[0]?.canSend(videoCodec))) return context.skip(`this browser sends no ${videoCodec}`);
        await joinAll(peers);
        for (const peer of peers) await peer.openChannel();
        const bus = running.busOf("recorder");
        const capture = await openTracks(
          {
            meeting: { job: "job", tenant: "main", room: "room", session: conference, roomName: "r", roomJid: "r@x" },
            mode: "tracks",
            directory,
            attempt: 1,
            signal: new AbortController().signal,
          },
          {
            bus,
            clock: systemClock,
            log: silentLog,
            taps,
            recorder,
            instance: "i1",
            place: { address: () => "127.0.0.1", ports: { min: 0, max: 0 } },
          },
        );
        const startedAt = performance.now();
        await focus.request(
          subjects.addRemoteSources,
          { bridge: recorder },
          {
            conference,
            epoch: 1n,
            room: "room",
            bridge: "jvb-test",
            instance: "0123456789ab",
            sources: people.flatMap(([id]) => sourcesOf(id)),
            videoCodec,
          },
        );
        await eventually("something is stored", () => (capture.storedBytes > 3_000 ? undefined : "nothing"), {
          pollMs: 20,
        });
        const firstMs = performance.now() - startedAt;
        const read = async () => JSON.parse(await readFile(join(directory, "manifest.json"), "utf8")) as Manifest;
        await eventually(
          "each source has a file of five seconds",
          async () => {
            const { files } = await read();
            const lengths = files.map(({ startMs, endMs }) => endMs - startMs);
            return files.length === 4 && lengths.every((ms) => ms > 5_000) ? undefined : JSON.stringify(files);
          },
          { timeoutMs: 30_000 },
        );
        await capture[Symbol.asyncDispose]();
        const stored = await finishTracks(directory, { ffmpegPath: "ffmpeg", mixName: "mix" });
        context.diagnostic(`stored after ${Math.round(firstMs)} ms; ${JSON.stringify(capture.figures())}`);
        const manifest = await read();
        assert.equal(stored.length, 5);
        for (const [id, { color, toneHz }] of people) {
          const [sound, picture] = (["audio", "video"] as const).map((kind) =>
            manifest.files.find((file) => file.endpoint === id && file.kind === kind),
          );
          assert.ok(sound && picture);
          const [soundPath, picturePath] = [join(directory, sound.name), join(directory, picture.name)];
          for (const path of [soundPath, picturePath]) assert.deepEqual(await faultsOf(path), []);
          const heard = await probe(soundPath);
          assert.equal(heard.audio?.codec, "opus");
          assert.ok(Math.abs(heard.durationSeconds * 1_000 - (sound.endMs - sound.startMs)) < 100);
          assert.ok((await longestGap(soundPath, "audio")) < 0.5);
          assert.ok((await Sound.read(soundPath)).hears(toneHz, 1, 3), `${toneHz} Hz`);
          const seen = await probe(picturePath);
          assert.equal(seen.video?.codec, codecNames[videoCodec]);
          context.diagnostic(JSON.stringify({ ...seen.video, sound, picture }));
          assert.ok((await longestGap(picturePath, "video")) < 0.6);
          assert.equal((await Film.read(picturePath)).colorAt(2, 0.5, 0.2), color);
          assert.ok(Math.abs(sound.startMs - picture.startMs) < 3_000);
        }
      } finally {
        await Promise.all(peers.map((peer) => peer.close()));
      }
    });
});
