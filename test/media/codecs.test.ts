/** One conference of each video codec: pictures are sent, layered and decoded by Chromium, and sizes change on demand. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { videoCodecs } from "@veche/videobridge/domain/video-codec.ts";
import { findWorker } from "@veche/videobridge/testing/worker.ts";
import type { Browser } from "playwright-core";
import { launchBrowser, withoutBrowser } from "../harness/browser.ts";
import { eventually } from "../harness/wait.ts";
import { startBridge } from "./bridge.ts";
import { BrowserPeer, joinAll } from "./peer.ts";

const worker = findWorker();
const skip =
  withoutBrowser() || (worker === undefined && "no media worker here: node deploy/mediasoup-worker/ensure.ts");

describe("video codecs of a conference", { skip }, () => {
  let running: Awaited<ReturnType<typeof startBridge>>;
  let browser: Browser;

  before(async () => {
    running = await startBridge(worker as string);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await running?.bridge[Symbol.asyncDispose]();
  });

  for (const videoCodec of videoCodecs)
    test(`${videoCodec}: the receiver sees a thumbnail, the whole picture when it asks for it, and a thumbnail again`, async (context) => {
      const { bridge, focus } = running;
      const open = (id: string) =>
        BrowserPeer.open(browser, focus, id, {
          conference: videoCodec,
          videoCodec,
          channelOrigin: `ws://127.0.0.1:${bridge.channelPort}`,
          pageUrl: `http://127.0.0.1:${bridge.httpPort}/health/live`,
        });
      const peers = [await open("aaaa1111"), await open("bbbb2222")] as const;
      const [sender, receiver] = peers;
      try {
        if (!(await sender.canSend(videoCodec))) return context.skip(`this browser sends no ${videoCodec}`);
        await joinAll(peers);
        await receiver.openChannel();
        const ask = (maxHeight: number) =>
          receiver.say({
            colibriClass: "ReceiverVideoConstraints",
            constraints: { "aaaa1111-v0": { maxHeight } },
          });
        const sees = (height: number) =>
          eventually(
            `a picture of ${height}`,
            async () => {
              const before = (await receiver.received()).find(({ kind }) => kind === "video");
              const now = (await receiver.received()).find(({ kind }) => kind === "video");
              if (now?.height === height && now.frames > 2) return undefined;
              return JSON.stringify([before, now, await sender.sending()]);
            },
            { timeoutMs: 30_000 },
          );
        for (const height of [180, 720, 180]) {
          await ask(height);
          await sees(height);
        }
        const video = (await receiver.received()).find(({ kind }) => kind === "video");
        assert.equal(video?.codec, `video/${videoCodec}`);
      } finally {
        await Promise.all(peers.map((peer) => peer.close()));
      }
    });
});
