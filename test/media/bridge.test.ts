/** A bridge with a real worker, and Chromium as its clients: audio and video both ways, and what clients decide about it. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { MemoryBus } from "@veche/kit/memory-bus.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import { findWorker } from "@veche/videobridge/testing/worker.ts";
import type { Browser } from "playwright-core";
import { launchBrowser, withoutBrowser } from "../harness/browser.ts";
import { eventually } from "../harness/wait.ts";
import { startBridge } from "./bridge.ts";
import { BrowserPeer, joinAll, type PeerOptions } from "./peer.ts";

const worker = findWorker();
const skip =
  withoutBrowser() || (worker === undefined && "no media worker here: node deploy/mediasoup-worker/ensure.ts");

describe("a bridge and its clients", { skip }, () => {
  let running: Awaited<ReturnType<typeof startBridge>>;
  let browser: Browser;
  let focus: MemoryBus;
  let channelOrigin: string;
  let pageUrl: string;
  const opened: BrowserPeer[] = [];

  before(async () => {
    running = await startBridge(worker as string);
    focus = running.focus;
    pageUrl = `http://127.0.0.1:${running.bridge.httpPort}/health/live`;
    channelOrigin = `ws://127.0.0.1:${running.bridge.channelPort}`;
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await running?.bridge[Symbol.asyncDispose]();
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((peer) => peer.close()));
  });

  async function open(conference: string, id: string, options: Partial<PeerOptions> = {}): Promise<BrowserPeer> {
    const peer = await BrowserPeer.open(browser, focus, id, { conference, channelOrigin, pageUrl, ...options });
    opened.push(peer);
    return peer;
  }

  /** Everybody decodes everybody else. */
  const flows = (peers: readonly BrowserPeer[]) =>
    eventually("pictures and sound of all", async () => {
      for (const peer of peers) {
        const received = await peer.received();
        const videos = received.filter(({ kind, frames }) => kind === "video" && frames > 2);
        const audios = received.filter(({ kind, energy }) => kind === "audio" && energy > 0);
        if (videos.length < peers.length - 1 || audios.length < peers.length - 1)
          return `${peer.id} (${await peer.state()}) received ${JSON.stringify(received)}`;
      }
      return undefined;
    });

  for (const protocol of ["udp", "tcp"] as const)
    test(`three clients that know nothing of ice-lite see and hear each other over ${protocol}`, async () => {
      const conference = `plain-${protocol}`;
      const connected = new Set<string>();
      const hearing = focus.subscribe(subjects.endpointConnected, (event) => {
        if (event.conference === conference) connected.add(`${event.endpoint} ${event.protocol}`);
      });
      const ids = ["aaaa1111", "bbbb2222", "cccc3333"];
      const peers = await Promise.all(ids.map((id) => open(conference, id, { protocol })));
      await joinAll(peers);
      await flows(peers);
      assert.deepEqual(
        [...connected].sort(),
        ids.map((id) => `${id} ${protocol}`),
      );
      hearing.close();
    });

  test("a client that is told of ice-lite connects too", async () => {
    const peers = [
      await open("lite", "aaaa1111", { isIceLite: true }),
      await open("lite", "bbbb2222", { isIceLite: true }),
    ];
    await joinAll(peers);
    await flows(peers);
  });

  test("the picture grows with what the receiver asks for, and the sender stops what nobody wants", async () => {
    const [sender, receiver] = [await open("layers", "aaaa1111"), await open("layers", "bbbb2222")];
    await joinAll([sender, receiver]);
    await Promise.all([sender.openChannel(), receiver.openChannel()]);
    const source = "aaaa1111-v0";
    const ask = (maxHeight: number) =>
      receiver.say({ colibriClass: "ReceiverVideoConstraints", constraints: { [source]: { maxHeight } } });
    const seesHeight = (height: number) =>
      eventually(
        `a picture of ${height}`,
        async () => {
          const videos = (await receiver.received()).filter(({ kind, frames }) => kind === "video" && frames > 0);
          return videos.some((video) => video.height === height) ? undefined : JSON.stringify(videos);
        },
        { timeoutMs: 20_000 },
      );

    await ask(180);
    await seesHeight(180);
    await ask(720);
    await seesHeight(720);
    await ask(0);
    await eventually("the sender hears that nobody wants it", async () => {
      const told = (await sender.heard())
        .filter(({ colibriClass }) => colibriClass === "SenderSourceConstraints")
        .at(-1);
      return told?.maxHeight === 0 ? undefined : JSON.stringify(told);
    });
    const forwarded = (await receiver.heard()).filter(({ colibriClass }) => colibriClass === "ForwardedSources");
    assert.deepEqual(forwarded.at(-1)?.forwardedSources, []);
    await ask(180);
    await seesHeight(180);
  });

  test("the dominant speaker follows the voice, and every channel hears of it", async () => {
    const peers = [await open("speech", "aaaa1111"), await open("speech", "bbbb2222")];
    await joinAll(peers);
    await Promise.all(peers.map((peer) => peer.openChannel()));
    const hears = (speaker: string) =>
      eventually(`${speaker} as dominant speaker`, async () => {
        for (const peer of peers) {
          const told = (await peer.heard()).findLast(
            (one) => one.colibriClass === "DominantSpeakerEndpointChangeEvent",
          );
          if (told?.dominantSpeakerEndpoint !== speaker) return `${peer.id} was told ${JSON.stringify(told)}`;
        }
        return undefined;
      });
    const [a, b] = peers as [BrowserPeer, BrowserPeer];
    await Promise.all([a.speak(0.5), b.speak(0)]);
    await hears(a.id);
    await Promise.all([a.speak(0), b.speak(0.5)]);
    await hears(b.id);
  });

  const packetsOf = async (receiver: BrowserPeer, kind: "audio" | "video") =>
    (await receiver.received()).filter((one) => one.kind === kind).reduce((sum, one) => sum + one.packets, 0);

  const goesOn = async (receiver: BrowserPeer, kind: "audio" | "video") => {
    const from = await packetsOf(receiver, kind);
    await eventually(`more ${kind}`, async () => {
      const now = await packetsOf(receiver, kind);
      return now > from + 20 ? undefined : `${from} packets, then ${now}`;
    });
  };

  /** The first medium goes on flowing to the receiver while nothing of the second comes any more. */
  const onlyFlows = (receiver: BrowserPeer, flowing: "audio" | "video", blocked: "audio" | "video") =>
    eventually(`${flowing} goes on, ${blocked} does not`, async () => {
      const before = await packetsOf(receiver, blocked);
      await goesOn(receiver, flowing);
      const after = await packetsOf(receiver, blocked);
      return after === before ? undefined : `${after - before} packets of ${blocked}`;
    });

  test("what is blocked reaches nobody although the client sends it: microphone, camera and screen each by itself", async () => {
    const sender = await open("blocked", "aaaa1111", { forceMute: { audio: true } });
    const receiver = await open("blocked", "bbbb2222");
    await joinAll([sender, receiver]);
    await Promise.all([sender.openChannel(), receiver.openChannel()]);
    await onlyFlows(receiver, "video", "audio");
    assert.equal(await packetsOf(receiver, "audio"), 0, "not one packet since it came");

    await sender.block({ video: true });
    await onlyFlows(receiver, "audio", "video");

    await sender.block({ desktop: true });
    await goesOn(receiver, "video");
    await sender.say({ colibriClass: "SourceVideoTypeMessage", sourceName: "aaaa1111-v0", videoType: "desktop" });
    await onlyFlows(receiver, "audio", "video");
    await sender.block({});
    await goesOn(receiver, "video");
  });

  test("a worker that was killed gives nobody a voice: the next session is blocked from its first packet", async () => {
    const sender = await open("blocked-again", "aaaa1111", { forceMute: { audio: true } });
    const receiver = await open("blocked-again", "bbbb2222");
    await joinAll([sender, receiver]);
    await onlyFlows(receiver, "video", "audio");
    const lost = new Promise<void>((resolve) => {
      focus.subscribe(subjects.endpointsLost, ({ conference }) => {
        if (conference === "blocked-again") resolve();
      });
    });
    for (const pid of running.workerPids()) process.kill(pid, "SIGKILL");
    await lost;
    await joinAll([sender, receiver]);
    await onlyFlows(receiver, "video", "audio");
    assert.equal(await packetsOf(receiver, "audio"), 0);
  });

  test("when a worker is killed its endpoints are said to be lost and come back on the next one", async () => {
    const peers = [await open("killed", "aaaa1111"), await open("killed", "bbbb2222")];
    await joinAll(peers);
    await flows(peers);
    const lost = new Promise<readonly string[]>((resolve) => {
      focus.subscribe(subjects.endpointsLost, ({ conference, endpoints }) => {
        if (conference === "killed") resolve(endpoints);
      });
    });
    const killedAt = performance.now();
    for (const pid of running.workerPids()) process.kill(pid, "SIGKILL");
    assert.deepEqual([...(await lost)].sort(), ["aaaa1111", "bbbb2222"]);
    await joinAll(peers);
    await flows(peers);
    assert.ok(performance.now() - killedAt < 10_000);
  });
});
