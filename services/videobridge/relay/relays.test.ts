import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { VecheError } from "@veche/kit/errors.ts";
import { MediaKind, type Source, SourceSchema } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import type { TestBridge } from "../testing/bridge.ts";
import {
  arriving,
  crossing,
  fetchSources,
  joinBoth,
  relayOf,
  relaysOf,
  TestBridges,
  told,
} from "../testing/bridges.ts";
import { acceptedDescriptions, camera, clientTransport, microphone, nth } from "../testing/descriptions.ts";

const fails = (code: VecheError["code"], message: RegExp) => (error: unknown) =>
  error instanceof VecheError && error.code === code && message.test(error.message);
const sourcesOf = (owner: string) => [microphone(owner), camera(owner)];
const runs = (streams: readonly { isPaused: boolean }[]) => streams.map(({ isPaused }) => !isPaused);

test("what is sent to one bridge is announced on another one, as if it were sent there, and crosses once", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await a.join("aaaa1111");
  await b.join("bbbb2222", "cccc3333");
  const { announcements, withdrawals } = await fetchSources(b, a, sourcesOf("aaaa1111"));
  assert.deepEqual(told(announcements), [
    ["bbbb2222", ["aaaa1111-a0", "aaaa1111-v0"]],
    ["cccc3333", ["aaaa1111-a0", "aaaa1111-v0"]],
  ]);
  assert.deepEqual(withdrawals, []);
  const [toB, toC] = announcements.map(({ sources }) => nth(sources, 1));
  assert.equal(toB?.owner, "aaaa1111");
  assert.equal(toB?.msid, camera("aaaa1111").msid);
  assert.notDeepEqual(toB?.ssrcs, toC?.ssrcs);
  assert.equal(relaysOf(a).length, 1);
  assert.equal(crossing(a, "audio").length, 1);
  assert.deepEqual(
    crossing(a, "video").map(({ layers }) => layers?.[0]),
    [0, 1, 2],
  );
  assert.deepEqual(
    arriving(b, "video").given.encodings.map(({ ssrc, rtx }) => [ssrc, rtx?.ssrc]),
    crossing(a, "video").map(({ ssrc, rtxSsrc }) => [ssrc, rtxSsrc]),
  );
});

test("the two ends of a relay know each other, and both directions go by the one pair", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await joinBoth(a, b);
  assert.equal(relaysOf(a).length, 1);
  assert.equal(relaysOf(b).length, 1);
  assert.equal(relayOf(a).other?.port, relayOf(b).local.port);
  assert.deepEqual(relayOf(b).other?.srtpKey, relayOf(a).local.srtpKey);
});

test("two bridges that ask each other at the same moment both get an answer, by one relay", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await a.join("aaaa1111");
  await b.join("bbbb2222");
  const [toB, toA] = await Promise.all([
    fetchSources(b, a, sourcesOf("aaaa1111")),
    fetchSources(a, b, sourcesOf("bbbb2222")),
    fetchSources(b, a, sourcesOf("aaaa1111")),
  ]);
  assert.deepEqual(told(toB.announcements), [["bbbb2222", ["aaaa1111-a0", "aaaa1111-v0"]]]);
  assert.deepEqual(told(toA.announcements), [["aaaa1111", ["bbbb2222-a0", "bbbb2222-v0"]]]);
  assert.equal(relaysOf(a).length, 1);
  assert.equal(relaysOf(b).length, 1);
  assert.equal(relayOf(b).producers.size, 2);
});

test("asking again changes nothing and is answered alike", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  const { toB } = await joinBoth(a, b);
  const again = await fetchSources(b, a, sourcesOf("aaaa1111"));
  assert.deepEqual(again.announcements, toB.announcements);
  assert.deepEqual(again.withdrawals, []);
  assert.equal(crossing(a, "video").length, 3);
  assert.equal(relayOf(b).producers.size, 2);
});

test("who joins later is offered what comes from elsewhere", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await joinBoth(a, b);
  const { sources } = await b.create("cccc3333");
  assert.deepEqual(
    sources.map(({ name }) => name).sort(),
    ["aaaa1111-a0", "aaaa1111-v0", "bbbb2222-a0", "bbbb2222-v0", "jvb-a0", "jvb-v0"].sort(),
  );
});

test("sound crosses at once; of a picture only the layers that somebody wants there, and the lowest", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await a.join("aaaa1111");
  const { channelPath } = await b.create("bbbb2222");
  await b.connect("bbbb2222");
  await fetchSources(b, a, sourcesOf("aaaa1111"));
  assert.deepEqual(runs([...crossing(a, "audio"), ...crossing(a, "video")]), [false, false, false, false]);
  await b.resume("bbbb2222");
  await bridges.settle();
  assert.deepEqual(runs(crossing(a, "audio")), [true]);
  assert.deepEqual(runs(crossing(a, "video")), [true, false, false]);

  const channel = await b.openChannel(channelPath);
  const stage = { onStageSources: ["aaaa1111-v0"], constraints: { "aaaa1111-v0": { maxHeight: 720 } } };
  channel.say({ colibriClass: "ReceiverVideoConstraints", ...stage });
  await channel.settle();
  await bridges.settle();
  assert.deepEqual(runs(crossing(a, "video")), [true, false, true]);
  channel.say({ colibriClass: "ReceiverVideoConstraints", constraints: { "aaaa1111-v0": { maxHeight: 180 } } });
  await channel.settle();
  await bridges.settle();
  assert.deepEqual(runs(crossing(a, "video")), [true, false, true], "until the receiver has what it asked for");
  await bridges.settle(5_000);
  assert.deepEqual(runs(crossing(a, "video")), [true, false, false]);
  channel.say({ colibriClass: "ReceiverVideoConstraints", lastN: 0 });
  await channel.settle();
  await bridges.settle(5_100);
  assert.deepEqual(runs(crossing(a, "video")), [false, false, false]);
  assert.deepEqual(runs(crossing(a, "audio")), [true]);
});

test("a sender hears what receivers on all bridges want of it", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  const { channelPath } = await a.create("aaaa1111");
  await a.connect("aaaa1111");
  const sender = await a.openChannel(channelPath);
  const receiving = await b.create("bbbb2222");
  await b.connect("bbbb2222");
  await fetchSources(b, a, sourcesOf("aaaa1111"));
  await bridges.settle(1_200);
  const constraint = (maxHeight: number) => sender.until((one) => one.maxHeight === maxHeight);
  assert.equal((await constraint(180)).sourceName, "aaaa1111-v0");
  const receiver = await b.openChannel(receiving.channelPath);
  receiver.say({ colibriClass: "ReceiverVideoConstraints", defaultConstraints: { maxHeight: 720 } });
  await receiver.settle();
  await bridges.settle(1_200);
  await constraint(720);
  await b.focus.request(subjects.dropRelay, b.here, { conference: "c1", epoch: 1n, bridge: "jvb-1" });
  await a.focus.request(subjects.dropRelay, a.here, { conference: "c1", epoch: 1n, bridge: "jvb-2" });
  await bridges.settle(1_200);
  await constraint(0);
});

test("a wish that was lost is repeated", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await a.join("aaaa1111");
  await b.join("bbbb2222");
  await fetchSources(b, a, sourcesOf("aaaa1111"));
  a.network.disconnect(a.bus);
  await bridges.settle(1_000);
  a.network.reconnect(a.bus);
  await bridges.settle(1_000);
  assert.deepEqual(runs(crossing(a, "audio")), [false]);
  await bridges.settle(10_000);
  assert.deepEqual(runs(crossing(a, "audio")), [true]);
  assert.deepEqual(runs(crossing(a, "video")), [true, false, false]);
});

test("a source that is muted, blocked, or turned into a screen is so on the other bridge", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  const { channelPath } = await a.create("aaaa1111");
  await a.connect("aaaa1111");
  const sender = await a.openChannel(channelPath);
  const receiving = await b.create("bbbb2222");
  await b.connect("bbbb2222");
  const receiver = await b.openChannel(receiving.channelPath);
  await fetchSources(b, a, sourcesOf("aaaa1111"));
  await b.resume("bbbb2222");
  const forwarded = async () => {
    await sender.settle();
    await bridges.settle();
    await receiver.settle();
    return receiver.all("ForwardedSources").at(-1)?.forwardedSources;
  };
  const say = (videoType: string) =>
    sender.say({ colibriClass: "SourceVideoTypeMessage", sourceName: "aaaa1111-v0", videoType });
  assert.deepEqual(await forwarded(), ["aaaa1111-v0"]);
  say("none");
  assert.deepEqual(await forwarded(), []);
  say("desktop");
  assert.deepEqual(await forwarded(), ["aaaa1111-v0"]);
  const block = (desktop: boolean) =>
    a.focus.request(subjects.setForceMute, a.here, { ...a.address("aaaa1111"), desktop });
  await block(true);
  assert.deepEqual(await forwarded(), []);
  await block(false);
  assert.deepEqual(await forwarded(), ["aaaa1111-v0"]);
  const { sources } = await b.create("cccc3333");
  assert.equal(sources.find(({ name }) => name === "aaaa1111-v0")?.videoType, 2);
});

test("what is removed is withdrawn from everybody with the SSRCs they knew", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  const { toB } = await joinBoth(a, b);
  const remove = { conference: "c1", epoch: 1n, names: ["aaaa1111-a0", "aaaa1111-v0", "unknown"] };
  const { withdrawals } = await b.focus.request(subjects.removeRemoteSources, b.here, remove);
  assert.deepEqual(withdrawals, toB.announcements);
  assert.deepEqual((await b.focus.request(subjects.removeRemoteSources, b.here, remove)).withdrawals, []);
  assert.equal(relayOf(b).producers.size, 0);
  await bridges.settle();
  assert.deepEqual(runs(crossing(a, "audio")), [false], "nobody there takes it any more");
});

test("what is removed while it is being fetched does not come", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await a.join("aaaa1111");
  await b.join("bbbb2222");
  const router = nth([...b.engine.routers]);
  const made = Promise.withResolvers<void>();
  const make = router.createRelay.bind(router);
  router.createRelay = () => made.promise.then(make);
  const fetching = fetchSources(b, a, sourcesOf("aaaa1111"));
  await b.network.idle();
  await b.focus.request(subjects.removeRemoteSources, b.here, { conference: "c1", epoch: 1n, names: ["aaaa1111-v0"] });
  made.resolve();
  assert.deepEqual(told((await fetching).announcements), [["bbbb2222", ["aaaa1111-a0"]]]);
});

test("a dropped relay takes with it what came and what went by it", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  const { toB } = await joinBoth(a, b);
  const drop = { conference: "c1", epoch: 1n, bridge: "jvb-1" };
  const { withdrawals } = await b.focus.request(subjects.dropRelay, b.here, drop);
  assert.deepEqual(withdrawals, toB.announcements);
  assert.deepEqual((await b.focus.request(subjects.dropRelay, b.here, drop)).withdrawals, []);
  assert.equal(relaysOf(b).length, 0);
  const { sources } = await b.create("cccc3333");
  assert.deepEqual(sources.map(({ owner }) => owner).sort(), ["bbbb2222", "bbbb2222", "jvb", "jvb"]);
});

test("a bridge that was started anew is not asked in place of the one that was meant", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await a.join("aaaa1111");
  await b.join("bbbb2222");
  await assert.rejects(
    fetchSources(b, a, sourcesOf("aaaa1111"), { instance: "an-earlier-one" }),
    fails("failed-precondition", /another process/),
  );
});

test("a late request for an earlier process of a bridge does no harm to the relay with the present one", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await joinBoth(a, b);
  const [before] = relaysOf(b);
  await assert.rejects(fetchSources(b, a, sourcesOf("aaaa1111"), { instance: "an-earlier-one" }));
  assert.deepEqual(relaysOf(b), [before]);
  assert.equal(before?.isClosed, false);
  assert.equal(arriving(b, "audio").isClosed, false);
});

test("what an older owner of the room asks for is refused, on both ends", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await a.create("aaaa1111", { epoch: 5n });
  await a.connect("aaaa1111").catch(() => {});
  const older = fails("failed-precondition", /epoch 5 or later/);
  await assert.rejects(fetchSources(b, a, sourcesOf("aaaa1111"), { epoch: 4n }), older);
  await fetchSources(b, a, sourcesOf("aaaa1111"), { epoch: 5n });
  await assert.rejects(fetchSources(b, a, sourcesOf("aaaa1111"), { epoch: 4n }), older);
  const address = { conference: "c1", epoch: 4n };
  await assert.rejects(b.focus.request(subjects.removeRemoteSources, b.here, { ...address, names: [] }), older);
  await assert.rejects(b.focus.request(subjects.dropRelay, b.here, { ...address, bridge: "jvb-1" }), older);
});

test("a bridge whose worker died gets sources by a new relay, and its old sources are replaced", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  const { toB } = await joinBoth(a, b);
  const [oldEnd] = relaysOf(b);
  a.engine.die();
  assert.equal(relaysOf(a).length, 0);
  await a.create("aaaa1111");
  await a.connect("aaaa1111");
  const { announcements, withdrawals } = await fetchSources(b, a, sourcesOf("aaaa1111"));
  assert.deepEqual(withdrawals, toB.announcements);
  assert.deepEqual(told(announcements), told(toB.announcements));
  assert.notDeepEqual(announcements, toB.announcements);
  assert.equal(oldEnd?.isClosed, true);
  assert.equal(relayOf(b).other?.port, relayOf(a).local.port);
  assert.equal(relayOf(a).other?.port, relayOf(b).local.port);
  const back = await fetchSources(a, b, sourcesOf("bbbb2222"));
  assert.deepEqual(told(back.announcements), [["aaaa1111", ["bbbb2222-a0", "bbbb2222-v0"]]]);
});

test("who moves to this bridge is not there twice: what was fetched of it is withdrawn when it sends here", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  const { toB } = await joinBoth(a, b);
  await b.create("aaaa1111");
  const response = await b.focus.request(subjects.connectEndpoint, b.here, {
    ...b.address("aaaa1111"),
    jingleSession: "s-aaaa1111",
    descriptions: acceptedDescriptions(),
    transport: clientTransport(),
    sources: sourcesOf("aaaa1111"),
  });
  assert.deepEqual(
    response.withdrawals.filter(({ receiver }) => receiver === "bbbb2222"),
    toB.announcements,
  );
  assert.deepEqual(told(response.announcements), [["bbbb2222", ["aaaa1111-a0", "aaaa1111-v0"]]]);
  const late = await fetchSources(b, a, sourcesOf("aaaa1111"));
  assert.deepEqual(late, { ...late, announcements: [], withdrawals: [] });
});

test("a conference that ends takes its relays along", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await joinBoth(a, b);
  const end = relayOf(b);
  await b.focus.request(subjects.expireConference, b.here, { conference: "c1", epoch: 1n });
  assert.equal(end.isClosed, true);
  await assert.rejects(fetchSources(a, b, sourcesOf("bbbb2222")), fails("not-found", /conference c1/));
});

test("scalable video crosses in one stream, cut at the largest size that is wanted there", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  const scalable = create(SourceSchema, {
    name: "aaaa1111-v0",
    owner: "aaaa1111",
    kind: MediaKind.VIDEO,
    ssrcs: [2001, 3001],
    groups: [{ semantics: "FID", ssrcs: [2001, 3001] }],
  });
  const join = async (bridge: TestBridge, id: string, sources: Source[]) => {
    const given = { ...bridge.address(id), jingleSession: `s-${id}` };
    const offer = await bridge.focus.request(subjects.createEndpoint, bridge.here, {
      ...given,
      room: "room",
      videoCodec: "VP9",
    });
    const { descriptions } = offer;
    const transport = clientTransport();
    await bridge.focus.request(subjects.connectEndpoint, bridge.here, { ...given, descriptions, transport, sources });
    return bridge.openChannel(offer.channelPath);
  };
  await join(a, "aaaa1111", [scalable]);
  const channel = await join(b, "bbbb2222", []);
  await fetchSources(b, a, [scalable]);
  await b.resume("bbbb2222");
  const state = async () => {
    await bridges.settle();
    return crossing(a, "video").map(({ isPaused, layers }) => [isPaused, layers?.[0]]);
  };
  assert.deepEqual(await state(), [[false, 0]]);
  assert.equal(arriving(b, "video").given.encodings[0]?.scalabilityMode, "L3T3_KEY");
  channel.say({ colibriClass: "ReceiverVideoConstraints", defaultConstraints: { maxHeight: 360 } });
  await channel.settle();
  assert.deepEqual(await state(), [[false, 1]]);
  channel.say({ colibriClass: "ReceiverVideoConstraints", lastN: 0 });
  await channel.settle();
  await bridges.settle(5_100);
  assert.deepEqual(await state(), [[true, 1]]);
});

test("bridges with different codecs say that they have none in common, and sound comes all the same", async () => {
  await using bridges = await TestBridges.start(2);
  const [a, b] = [nth(bridges.all), nth(bridges.all, 1)];
  await a.join("aaaa1111");
  const given = { ...b.address("bbbb2222"), room: "room", jingleSession: "s", videoCodec: "H264" };
  await b.focus.request(subjects.createEndpoint, b.here, given);
  await assert.rejects(
    fetchSources(b, a, [camera("aaaa1111")]),
    fails("invalid-argument", /expected video\/H264, found video\/VP8/),
  );
  await fetchSources(b, a, [microphone("aaaa1111")]);
  assert.equal(arriving(b, "audio").isClosed, false);
});
