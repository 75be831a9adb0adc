import assert from "node:assert/strict";
import { test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { BridgeHeartbeatSchema } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import type { MemoryConsumer, MemoryRouter, MemoryTransport } from "./edge/memory-engine.ts";
import { here, startBridge } from "./testing/bridge.ts";
import { acceptedDescriptions, camera, clientTransport, microphone, nth } from "./testing/descriptions.ts";
import { Random } from "./testing/random.ts";
import { sendSpoilt } from "./testing/spoilt-requests.ts";

const fails = (code: VecheError["code"], message: RegExp) => (error: unknown) =>
  error instanceof VecheError && error.code === code && message.test(error.message);
const names = (sources: readonly { name: string }[]) => sources.map(({ name }) => name).sort();
const consumers = (transport: MemoryTransport) => [...transport.consumers];
const videoOf = (transport: MemoryTransport) =>
  consumers(transport).find(({ producer }) => producer.kind === "video") as MemoryConsumer;

test("the first is offered the bridge's own sources only; what it sends is announced to who accepted", async () => {
  await using bridge = await startBridge();
  const offer = await bridge.create("aaaa1111");
  assert.deepEqual(
    offer.sources.map(({ name, owner }) => [name, owner]),
    [
      ["jvb-a0", "jvb"],
      ["jvb-v0", "jvb"],
    ],
  );
  for (const { ssrcs } of offer.sources) assert.match(String(nth(ssrcs)), /^\d{9}$/);
  assert.deepEqual(
    offer.descriptions.map(({ kind }) => kind),
    [MediaKind.AUDIO, MediaKind.VIDEO],
  );
  assert.equal(offer.transport?.fingerprints[0]?.setup, "actpass");
  assert.match(offer.channelPath, /^\/colibri-ws\/jvb-1\/c1\/aaaa1111\?pwd=[\w-]{24}$/);
  assert.deepEqual(await bridge.connect("aaaa1111"), []);

  const second = await bridge.create("bbbb2222");
  assert.deepEqual(names(second.sources), ["aaaa1111-a0", "aaaa1111-v0", "jvb-a0", "jvb-v0"]);
  const announcements = await bridge.connect("bbbb2222");
  assert.deepEqual(
    announcements.map(({ receiver, sources }) => [receiver, names(sources)]),
    [["aaaa1111", ["bbbb2222-a0", "bbbb2222-v0"]]],
  );
  const video = announcements[0]?.sources.find(({ kind }) => kind === MediaKind.VIDEO);
  assert.equal(video?.ssrcs.length, 2);
  assert.deepEqual(
    video?.groups.map(({ semantics, ssrcs }) => ({ semantics, ssrcs })),
    [{ semantics: "FID", ssrcs: video?.ssrcs }],
  );
  assert.notDeepEqual(video?.ssrcs, camera("bbbb2222").ssrcs.slice(0, 2));
});

test("a source that came between offer and accept is announced to who accepts", async () => {
  await using bridge = await startBridge();
  await bridge.create("aaaa1111");
  await bridge.create("bbbb2222");
  assert.deepEqual(await bridge.connect("aaaa1111"), []);
  const announcements = await bridge.connect("bbbb2222");
  assert.deepEqual(
    announcements.map(({ receiver, sources }) => [receiver, names(sources)]),
    [
      ["aaaa1111", ["bbbb2222-a0", "bbbb2222-v0"]],
      ["bbbb2222", ["aaaa1111-a0", "aaaa1111-v0"]],
    ],
  );
});

test("media flows when the receiver has applied it: what was offered with its accept, the rest when told so", async () => {
  await using bridge = await startBridge();
  await bridge.create("aaaa1111");
  await bridge.connect("aaaa1111");
  await bridge.create("bbbb2222");
  await bridge.connect("bbbb2222");
  await bridge.clock.advance(0);
  const [a, b] = bridge.transports() as [MemoryTransport, MemoryTransport];
  assert.deepEqual(
    consumers(b).map(({ isPaused }) => isPaused),
    [false, false],
  );
  assert.deepEqual(consumers(a), []);
  await bridge.resume("aaaa1111", ["bbbb2222-a0"]);
  await bridge.clock.advance(0);
  assert.deepEqual(
    consumers(a).map(({ producer, isPaused }) => [producer.kind, isPaused]),
    [["audio", false]],
  );
  await bridge.resume("aaaa1111");
  await bridge.clock.advance(0);
  assert.deepEqual(
    consumers(a).map(({ isPaused }) => isPaused),
    [false, false],
  );
  assert.deepEqual(videoOf(a).layers, [0, 2]);
});

test("every request may be repeated: the same answer, nothing made twice", async () => {
  await using bridge = await startBridge();
  const offer = await bridge.create("aaaa1111");
  assert.deepEqual(await bridge.create("aaaa1111"), offer);
  await bridge.connect("aaaa1111");
  await bridge.connect("aaaa1111");
  await bridge.create("bbbb2222");
  const announced = await bridge.connect("bbbb2222");
  assert.deepEqual(await bridge.connect("bbbb2222"), announced);
  const add = { ...bridge.address("aaaa1111"), sources: [camera("aaaa1111", 9001, 1)] };
  const added = await bridge.focus.request(subjects.addSources, here, add);
  assert.deepEqual(await bridge.focus.request(subjects.addSources, here, add), added);
  const remove = { ...bridge.address("aaaa1111"), names: ["aaaa1111-v1", "unknown"] };
  const { withdrawals } = await bridge.focus.request(subjects.removeSources, here, remove);
  assert.deepEqual(withdrawals, added.announcements);
  assert.deepEqual((await bridge.focus.request(subjects.removeSources, here, remove)).withdrawals, []);
  const transports = bridge.transports();
  assert.deepEqual(
    transports.map(({ producers, consumers }) => [producers.size, consumers.size]),
    [
      [2, 0],
      [2, 2],
    ],
  );
  const expire = bridge.address("aaaa1111");
  assert.equal((await bridge.focus.request(subjects.expireEndpoint, here, expire)).withdrawals.length, 1);
  assert.equal((await bridge.focus.request(subjects.expireEndpoint, here, expire)).withdrawals.length, 0);
  await bridge.focus.request(subjects.expireConference, here, { conference: "c1", epoch: 1n });
  await bridge.focus.request(subjects.expireConference, here, { conference: "c1", epoch: 1n });
  assert.equal(bridge.engine.routers.size, 0);
});

test("a new session of an endpoint closes the old one first: its media, what it received, its channel", async () => {
  await using bridge = await startBridge();
  const offer = await bridge.create("aaaa1111");
  await bridge.connect("aaaa1111");
  await bridge.create("bbbb2222");
  await bridge.connect("bbbb2222");
  const channel = await bridge.openChannel(offer.channelPath);
  const [old] = bridge.transports();
  const next = await bridge.create("aaaa1111", { jingleSession: "s2" });
  assert.deepEqual(await channel.closed, { code: 1001, reason: "the endpoint expired" });
  assert.equal(old?.isClosed, true);
  assert.notEqual(next.channelPath, offer.channelPath);
  assert.notEqual(next.transport?.ufrag, offer.transport?.ufrag);
  await assert.rejects(bridge.openChannel(offer.channelPath), /HTTP 403/);
  await assert.rejects(bridge.connect("aaaa1111"), fails("failed-precondition", /its session is another one/));
});

test("who leaves is withdrawn from everybody, with the SSRCs each of them knew", async () => {
  await using bridge = await startBridge();
  await bridge.join("aaaa1111", "bbbb2222", "cccc3333");
  const known = (await bridge.snapshot())?.endpoints.map(({ endpoint, received }) => ({
    receiver: endpoint,
    ssrcs: received.filter(({ owner }) => owner === "aaaa1111").map(({ ssrcs }) => ssrcs),
  }));
  const { withdrawals } = await bridge.focus.request(subjects.expireEndpoint, here, bridge.address("aaaa1111"));
  assert.deepEqual(
    withdrawals.map(({ receiver, sources }) => ({ receiver, ssrcs: sources.map(({ ssrcs }) => ssrcs) })),
    known?.filter(({ receiver }) => receiver !== "aaaa1111"),
  );
  assert.equal((await bridge.snapshot())?.endpoints.length, 2);
});

test("the snapshot says what each endpoint sends, receives, and how far it is", async () => {
  await using bridge = await startBridge();
  await bridge.join("aaaa1111", "bbbb2222");
  await bridge.create("cccc3333", { epoch: 7n });
  const snapshot = await bridge.snapshot();
  assert.equal(snapshot?.epoch, 7n);
  assert.equal(snapshot?.room, "room");
  const [a, , c] = snapshot?.endpoints ?? [];
  assert.deepEqual(
    { ...a, sources: names(a?.sources ?? []), received: names(a?.received ?? []) },
    {
      $typeName: "veche.bridge.v1.EndpointSnapshot",
      endpoint: "aaaa1111",
      jingleSession: "s-aaaa1111",
      bridgeSession: "",
      accepted: true,
      connected: true,
      sources: ["aaaa1111-a0", "aaaa1111-v0"],
      received: ["bbbb2222-a0", "bbbb2222-v0"],
      waiting: [],
      forceMute: { $typeName: "veche.bridge.v1.ForceMute", audio: false, video: false, desktop: false },
    },
  );
  assert.deepEqual(c?.waiting, ["aaaa1111-a0", "aaaa1111-v0", "bbbb2222-a0", "bbbb2222-v0"]);
  assert.deepEqual(nth(a?.sources ?? []).ssrcs, microphone("aaaa1111").ssrcs);
  assert.deepEqual([c?.accepted, c?.connected], [false, false]);
});

test("an owner of the room from before is refused", async () => {
  await using bridge = await startBridge();
  await bridge.create("aaaa1111", { epoch: 5n });
  await assert.rejects(
    bridge.create("bbbb2222", { epoch: 4n }),
    fails("failed-precondition", /epoch 5 or later, found 4/),
  );
  await bridge.focus.request(subjects.expireConference, here, { conference: "c1", epoch: 6n });
  await assert.rejects(bridge.create("bbbb2222", { epoch: 5n }), fails("failed-precondition", /epoch 6 or later/));
});

test("what is not here is said to be missing", async () => {
  await using bridge = await startBridge();
  await assert.rejects(bridge.connect("aaaa1111"), fails("not-found", /conference c1/));
  await bridge.create("aaaa1111");
  await assert.rejects(bridge.connect("bbbb2222"), fails("not-found", /endpoint bbbb2222/));
  const sources = [camera("aaaa1111")];
  const early = bridge.focus.request(subjects.addSources, here, { ...bridge.address("aaaa1111"), sources });
  await assert.rejects(early, fails("failed-precondition", /not accepted yet/));
  await assert.rejects(bridge.create(""), fails("invalid-argument", /endpoint: expected an id/));
  await assert.rejects(bridge.create("x".repeat(129)), fails("invalid-argument", /1 to 128 characters/));
});

test("a rejected accept leaves the endpoint as it was: it may accept again, properly", async () => {
  await using bridge = await startBridge();
  await bridge.create("aaaa1111");
  const accept = {
    ...bridge.address("aaaa1111"),
    jingleSession: "s-aaaa1111",
    descriptions: acceptedDescriptions(),
    sources: [camera("aaaa1111")],
  };
  const without = bridge.focus.request(subjects.connectEndpoint, here, { ...accept, transport: {} });
  await assert.rejects(without, fails("invalid-argument", /at least one DTLS fingerprint/));
  const sound = acceptedDescriptions().slice(0, 1);
  const mute = { ...accept, descriptions: sound, transport: clientTransport() };
  const soundless = bridge.focus.request(subjects.connectEndpoint, here, mute);
  await assert.rejects(soundless, fails("invalid-argument", /no codec was accepted for video/));
  assert.equal((await bridge.snapshot())?.endpoints[0]?.accepted, false);
  await bridge.connect("aaaa1111");
  assert.equal((await bridge.snapshot())?.endpoints[0]?.accepted, true);
});

test("a client without video is sent none, and its sound goes everywhere", async () => {
  await using bridge = await startBridge();
  await bridge.create("aaaa1111");
  await bridge.connect("aaaa1111");
  await bridge.create("bbbb2222");
  const { announcements } = await bridge.focus.request(subjects.connectEndpoint, here, {
    ...bridge.address("bbbb2222"),
    jingleSession: "s-bbbb2222",
    descriptions: acceptedDescriptions().slice(0, 1),
    transport: clientTransport(),
    sources: [microphone("bbbb2222")],
  });
  assert.deepEqual(
    announcements.map(({ receiver, sources }) => [receiver, names(sources)]),
    [["aaaa1111", ["bbbb2222-a0"]]],
  );
  const [, b] = bridge.transports();
  assert.deepEqual(b && consumers(b).map(({ producer }) => producer.kind), ["audio"]);
});

test("ICE restarts with new credentials and a growing generation", async () => {
  await using bridge = await startBridge();
  const { transport } = await bridge.create("aaaa1111");
  const first = await bridge.focus.request(subjects.restartIce, here, bridge.address("aaaa1111"));
  const second = await bridge.focus.request(subjects.restartIce, here, bridge.address("aaaa1111"));
  assert.deepEqual([first.transport?.iceGeneration, second.transport?.iceGeneration], [1, 2]);
  assert.notEqual(first.transport?.ufrag, transport?.ufrag);
});

test("who is muted by force is passed on to nobody, also with sources that come later", async () => {
  await using bridge = await startBridge();
  await bridge.join("aaaa1111", "bbbb2222");
  const mute = (audio: boolean, video: boolean) =>
    bridge.focus.request(subjects.setForceMute, here, { ...bridge.address("aaaa1111"), audio, video });
  await mute(true, false);
  const [a, b] = bridge.transports() as [MemoryTransport, MemoryTransport];
  const paused = () => [...a.producers].map(({ kind, isPaused }) => [kind, isPaused]);
  assert.deepEqual(paused(), [
    ["audio", true],
    ["video", false],
  ]);
  await mute(false, true);
  await bridge.focus.request(subjects.addSources, here, {
    ...bridge.address("aaaa1111"),
    sources: [camera("aaaa1111", 9001, 1)],
  });
  await bridge.clock.advance(0);
  assert.deepEqual(paused(), [
    ["audio", false],
    ["video", true],
    ["video", true],
  ]);
  assert.equal(videoOf(b).isPaused, true);
  await mute(false, false);
  await bridge.clock.advance(0);
  assert.equal(videoOf(b).isPaused, false);
});

test("who comes into a moderated room is muted by force before its first source is there, and the snapshot says so", async () => {
  await using bridge = await startBridge();
  await bridge.create("aaaa1111", { forceMute: { audio: true, desktop: true } });
  await bridge.connect("aaaa1111");
  const [a] = bridge.transports() as [MemoryTransport];
  const paused = () => [...a.producers].map(({ kind, isPaused }) => [kind, isPaused]);
  assert.deepEqual(paused(), [
    ["audio", true],
    ["video", false],
  ]);
  assert.deepEqual(
    [...a.producers].map(({ given }) => given.isPaused),
    [true, false],
    "from the beginning",
  );
  const { forceMute } = (await bridge.snapshot())?.endpoints[0] ?? {};
  assert.deepEqual([forceMute?.audio, forceMute?.video, forceMute?.desktop], [true, false, true]);
  await bridge.create("aaaa1111", { forceMute: { video: true } });
  assert.deepEqual(paused(), [
    ["audio", false],
    ["video", true],
  ]);
});

test("a camera that turns into a screen is blocked as one, and a second camera does not pass for a screen", async () => {
  await using bridge = await startBridge();
  const { channelPath } = await bridge.create("aaaa1111", { forceMute: { desktop: true } });
  await bridge.connect("aaaa1111");
  const channel = await bridge.openChannel(channelPath);
  const [a] = bridge.transports() as [MemoryTransport];
  const videos = () => [...a.producers].filter(({ kind }) => kind === "video").map(({ isPaused }) => isPaused);
  const say = async (videoType: string) => {
    channel.say({ colibriClass: "SourceVideoTypeMessage", sourceName: "aaaa1111-v0", videoType });
    await channel.settle();
    await bridge.clock.advance(0);
  };
  assert.deepEqual(videos(), [false]);
  await say("desktop");
  assert.deepEqual(videos(), [true]);
  await say("camera");
  assert.deepEqual(videos(), [false]);
  const sources = [camera("aaaa1111", 9001, 1)];
  await bridge.focus.request(subjects.addSources, here, { ...bridge.address("aaaa1111"), sources });
  assert.deepEqual(videos(), [false, true]);
});

test("connected and disconnected endpoints are said, once each", async () => {
  await using bridge = await startBridge();
  const said: string[] = [];
  bridge.focus.subscribe(
    subjects.endpointConnected,
    (one) => void said.push(`${one.endpoint} ${one.jingleSession} ${one.protocol}`),
  );
  bridge.focus.subscribe(subjects.endpointDisconnected, (one) => void said.push(`${one.endpoint} ${one.stage}`));
  await bridge.join("aaaa1111");
  const transport = nth(bridge.transports());
  transport.tell({ isConnected: true, protocol: "udp" });
  transport.tell({ isConnected: false, failure: "ice", protocol: "udp" });
  transport.tell({ isConnected: false, failure: "ice", protocol: "udp" });
  transport.tell({ isConnected: true, protocol: "tcp" });
  await bridge.clock.advance(0);
  assert.deepEqual(said, ["aaaa1111 s-aaaa1111 udp", "aaaa1111 ice", "aaaa1111 s-aaaa1111 tcp"]);
});

test("a dead worker's endpoints are said to be lost, and the next session finds a new one", async () => {
  await using bridge = await startBridge();
  const lost: string[][] = [];
  bridge.focus.subscribe(
    subjects.endpointsLost,
    ({ conference, endpoints }) => void lost.push([conference, ...endpoints]),
  );
  await bridge.join("aaaa1111", "bbbb2222");
  bridge.engine.die();
  await bridge.clock.advance(0);
  assert.deepEqual(lost, [["c1", "aaaa1111", "bbbb2222"]]);
  assert.equal(await bridge.snapshot(), undefined);
  await bridge.create("aaaa1111", { jingleSession: "s2" });
  assert.equal((await bridge.snapshot())?.endpoints.length, 1);
});

test("what is asked while the worker dies is refused as unavailable, or done on the next one", async () => {
  await using bridge = await startBridge();
  await bridge.join("aaaa1111");
  const asked = [bridge.create("bbbb2222"), bridge.create("cccc3333")];
  bridge.engine.die();
  await Promise.allSettled(asked);
  const offer = await bridge.create("dddd4444");
  assert.ok(offer.transport?.ufrag);
});

test("heartbeats come each second and at once when the bridge drains; the bucket has the last one", async () => {
  await using bridge = await startBridge({ JVB_REGION: "north" });
  const beats: { draining: boolean; region: string; instance: string }[] = [];
  bridge.focus.subscribe(subjects.heartbeat, (beat) => void beats.push(beat));
  await bridge.clock.advance(3_000);
  assert.equal(beats.length, 3);
  assert.equal((await bridge.fetch("/colibri/drain/enable", { method: "POST" })).text, '{"drain":true}');
  await bridge.clock.advance(0);
  assert.equal(beats.length, 4);
  assert.deepEqual(
    beats.map(({ draining }) => draining),
    [false, false, false, true],
  );
  assert.deepEqual([beats[0]?.region, beats[0]?.instance], ["north", "0123456789ab"]);
  const bucket = await bridge.focus.bucket(buckets.bridges, BridgeHeartbeatSchema);
  assert.equal((await bucket.get("jvb-1"))?.value.bridge, "jvb-1");
  await assert.rejects(bridge.create("aaaa1111"), fails("unavailable", /draining/));
});

test("a bridge that ends says so, waits for its endpoints to be moved, and closes their channels", async () => {
  await using bridge = await startBridge({ VECHE_DRAIN_TIMEOUT: "3s" });
  const offer = await bridge.create("aaaa1111");
  const channel = await bridge.openChannel(offer.channelPath);
  const downs: string[] = [];
  bridge.focus.subscribe(subjects.down, ({ instance }) => void downs.push(instance));
  const ended = bridge.service[Symbol.asyncDispose]();
  await bridge.clock.advance(1_000);
  assert.deepEqual(downs, ["0123456789ab"]);
  assert.equal(channel.socket.readyState, channel.socket.OPEN);
  await bridge.focus.request(subjects.expireEndpoint, here, bridge.address("aaaa1111"));
  assert.equal((await channel.closed).code, 1001);
  await bridge.clock.advance(100);
  await ended;
  assert.equal(bridge.clock.pending, 0);
});

test("private HTTP tells health, statistics, what is where, and no secrets", async () => {
  await using bridge = await startBridge();
  const offer = await bridge.create("aaaa1111");
  await bridge.connect("aaaa1111");
  assert.deepEqual(
    [(await bridge.fetch("/about/health")).status, (await bridge.fetch("/about/health")).text],
    [200, ""],
  );
  const stats = (await bridge.fetch("/colibri/stats")).json();
  assert.deepEqual([stats.conferences, stats.participants, stats.endpoints_sending_video], [1, 1, 1]);
  assert.deepEqual((await bridge.fetch("/stats")).json().conference_sizes, stats.conference_sizes);
  for (const path of ["/debug", "/debug/c1", "/debug/c1/aaaa1111", "/colibri/debug/c1/aaaa1111", "/metrics"]) {
    const { status, text } = await bridge.fetch(path);
    assert.equal(status, 200, path);
    assert.ok(!text.includes(new URL(offer.channelPath, "http://x").searchParams.get("pwd") ?? "?"), path);
    assert.ok(!text.includes(offer.transport?.pwd ?? "?"), path);
  }
  assert.equal((await bridge.fetch("/debug/c2")).status, 404);
  assert.equal((await bridge.fetch("/debug/c1/zzzz")).status, 404);
  bridge.engine.problem = "1 of 1 media workers are down";
  assert.deepEqual((await bridge.fetch("/about/health")).status, 500);
});

test("a bridge under stress takes no new conference, but everybody into those it has", async () => {
  await using bridge = await startBridge();
  await bridge.create("aaaa1111");
  bridge.engine.usage = async () => ({ workerCpuMs: [bridge.clock.now()] });
  await bridge.clock.advance(4_000);
  await assert.rejects(bridge.create("bbbb2222", { conference: "c2" }), fails("resource-exhausted", /its stress is/));
  await bridge.create("bbbb2222");
});

test("a sender that floods is held back, and passed on again when it stops", async () => {
  await using bridge = await startBridge();
  await bridge.join("aaaa1111", "bbbb2222");
  const [a, b] = bridge.transports() as [MemoryTransport, MemoryTransport];
  const flow = async (bytesPerSecond: number) => {
    a.received = { ...a.received, bytesReceived: a.received.bytesReceived + bytesPerSecond * 2 };
    b.received = { ...b.received, bytesReceived: b.received.bytesReceived + 1_000 };
    await bridge.clock.advance(2_000);
  };
  const isHeldBack = () => [...a.producers].every(({ isPaused }) => isPaused);
  await flow(5_000_000);
  assert.equal(isHeldBack(), false);
  await flow(5_000_000);
  assert.equal(isHeldBack(), true);
  assert.ok([...b.producers].every(({ isPaused }) => !isPaused));
  await flow(1_000);
  await flow(1_000);
  assert.equal(isHeldBack(), false);
});

test("who only watches, by a line that carries all, is looked at each third time, and its bytes count all the same", async () => {
  await using bridge = await startBridge();
  await bridge.join("aaaa1111");
  await bridge.create("bbbb2222");
  await bridge.connect("bbbb2222", []);
  const [sender, watcher] = bridge.transports() as [MemoryTransport, MemoryTransport];
  const looks = { sender: countLooks(sender), watcher: countLooks(watcher) };
  watcher.estimate(3_000_000);
  for (let seconds = 0; seconds < 24; seconds += 2) {
    for (const one of [sender, watcher])
      one.received = { ...one.received, bytesReceived: one.received.bytesReceived + 500 };
    watcher.received = { ...watcher.received, bytesSent: watcher.received.bytesSent + 100_000 };
    await bridge.clock.advance(2_000);
    assert.equal((await bridge.fetch("/colibri/stats")).json().bit_rate_upload, 400);
  }
  assert.deepEqual([looks.sender(), looks.watcher()], [12, 5], "each time for the first seconds");
});

test("a watcher of whom nothing is heard is looked at each time", async () => {
  await using bridge = await startBridge();
  await bridge.create("aaaa1111");
  await bridge.connect("aaaa1111", []);
  const looks = countLooks((bridge.transports() as [MemoryTransport])[0]);
  await bridge.clock.advance(12_000);
  assert.equal(looks(), 6);
});

test("what the focus gave up before its turn came is not done", async () => {
  await using bridge = await startBridge();
  await bridge.join("aaaa1111");
  const [router] = [...bridge.engine.routers] as [MemoryRouter];
  const create = router.createTransport.bind(router);
  const busy = Promise.withResolvers<void>();
  router.createTransport = () => busy.promise.then(create);
  const first = bridge.create("bbbb2222");
  const waiting = assert.rejects(bridge.create("cccc3333"), fails("failed-precondition", /given up/));
  await bridge.clock.advance(0);
  const expired = bridge.focus.request(subjects.expireEndpoint, bridge.here, bridge.address("cccc3333"));
  await bridge.clock.advance(0);
  busy.resolve();
  await Promise.all([first, waiting, expired]);
  assert.equal(bridge.transports().length, 2);
  await bridge.create("cccc3333");
  assert.equal(bridge.transports().length, 3);
});

function countLooks(transport: MemoryTransport): () => number {
  let count = 0;
  const look = transport.stats.bind(transport);
  transport.stats = () => {
    count += 1;
    return look();
  };
  return () => count;
}

test("endpoints that nobody sees for a minute are gone, and then their conference", async () => {
  await using bridge = await startBridge();
  await bridge.join("aaaa1111");
  await bridge.clock.advance(62_000);
  assert.equal((await bridge.snapshot())?.endpoints.length, 0);
  await bridge.clock.advance(22_000);
  assert.equal(await bridge.snapshot(), undefined);
  assert.equal(bridge.engine.routers.size, 0);
});

test("2,000 spoilt requests: each is answered or refused, none as an internal error, and a call goes on", async () => {
  await using bridge = await startBridge();
  await bridge.join("aaaa1111", "bbbb2222");
  const [, onlooker] = bridge.transports() as [MemoryTransport, MemoryTransport];
  const before = consumers(onlooker).map(({ ssrc }) => ssrc);
  const outcomes = new Map<string, number>();
  for (let seed = 1; seed <= 2_000; seed += 1) {
    const code = await sendSpoilt(bridge, new Random(seed));
    assert.notEqual(code, "internal", `seed ${seed}`);
    outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
  }
  assert.ok((outcomes.get("invalid-argument") ?? 0) > 200, JSON.stringify([...outcomes]));
  assert.ok((outcomes.get("ok") ?? 0) > 100, JSON.stringify([...outcomes]));
  assert.deepEqual(
    consumers(onlooker)
      .slice(0, 2)
      .map(({ ssrc }) => ssrc),
    before,
  );
  assert.ok(!onlooker.isClosed);
});
