import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import { limits } from "../domain/limits.ts";
import { here, startBridge, type TestBridge, type TestChannel } from "../testing/bridge.ts";
import { nth } from "../testing/descriptions.ts";
import { mutate, Random } from "../testing/random.ts";
import type { MemoryConsumer } from "./memory-engine.ts";

const constraints = (fields: object) => ({ colibriClass: "ReceiverVideoConstraints", ...fields });

/** So many endpoints who see each other, each with a channel. */
async function openCall(count: number, env: Readonly<Record<string, string>> = {}) {
  const bridge = await startBridge(env);
  const ids = Array.from({ length: count }, (_, index) => `e${String(index).padStart(3, "0")}`);
  const paths = new Map<string, string>();
  for (const id of ids) {
    const { channelPath } = await bridge.create(id);
    paths.set(id, channelPath);
    await bridge.connect(id);
  }
  for (const id of ids) await bridge.resume(id);
  const channels: TestChannel[] = [];
  for (const id of ids) channels.push(await bridge.openChannel(paths.get(id) ?? ""));
  return { bridge, ids, paths, channels };
}

const videosOf = (bridge: TestBridge, index: number): MemoryConsumer[] =>
  [...nth(bridge.transports(), index).consumers].filter(({ producer }) => producer.kind === "video");

test("a channel wants the right bridge, conference, endpoint and password", async () => {
  await using bridge = await startBridge();
  const { channelPath } = await bridge.create("aaaa1111");
  const refused = (path: string, status: number) =>
    assert.rejects(bridge.openChannel(path), new RegExp(`HTTP ${status}`));
  await refused(channelPath.replace(/pwd=.*/, "pwd=wrong"), 403);
  await refused(channelPath.replace(/\?.*/, ""), 403);
  await refused(channelPath.replace("jvb-1", "jvb-2"), 404);
  await refused(channelPath.replace("c1", "c2"), 404);
  await refused(channelPath.replace("aaaa1111", "bbbb2222"), 404);
  await refused(channelPath.replace("aaaa1111", "%E0%A4%A"), 404);
  await refused("/", 404);
  await refused(`/${"x".repeat(4_000)}`, 404);
  await bridge.openChannel(channelPath);
});

test("a new channel hears the greeting, what it is sent, and who speaks", async () => {
  const { bridge, ids, paths, channels } = await openCall(2);
  await using _ = bridge;
  await nth(channels).until(({ colibriClass }) => colibriClass === "ForwardedSources");
  const producer = nth([...nth(bridge.transports(), 1).producers]);
  nth([...bridge.engine.routers]).speak(producer.id);
  await nth(channels).until(({ colibriClass }) => colibriClass === "DominantSpeakerEndpointChangeEvent");
  const again = await bridge.openChannel(paths.get("e000") ?? "");
  assert.deepEqual(await nth(channels).closed, { code: 1000, reason: "replaced" });
  await again.until(({ colibriClass }) => colibriClass === "ForwardedSources");
  assert.deepEqual(again.heard.slice(0, 3), [
    { colibriClass: "ServerHello", version: "1.2.3" },
    {
      colibriClass: "DominantSpeakerEndpointChangeEvent",
      dominantSpeakerEndpoint: ids[1],
      previousSpeakers: [],
      silence: false,
    },
    { colibriClass: "SenderSourceConstraints", sourceName: "e000-v0", maxHeight: 180 },
  ]);
  assert.deepEqual(again.all("ForwardedSources"), [
    { colibriClass: "ForwardedSources", forwardedSources: ["e001-v0"] },
  ]);
});

test("constraints choose layers, turn sources off and on, and the list of what is forwarded follows", async () => {
  const { bridge, channels } = await openCall(3);
  await using _ = bridge;
  const [first] = channels as [TestChannel];
  const forwarded = () => first.all("ForwardedSources").at(-1)?.forwardedSources;
  await bridge.clock.advance(1_000);
  first.say(constraints({ constraints: { "e001-v0": { maxHeight: 720 } }, onStageSources: ["e001-v0"] }));
  await first.settle();
  await bridge.clock.advance(0);
  const [stage, tile] = videosOf(bridge, 0) as [MemoryConsumer, MemoryConsumer];
  assert.deepEqual([stage.layers, stage.priority, tile.layers, tile.priority], [[2, 2], 255, [0, 2], 1]);
  assert.deepEqual(forwarded(), ["e001-v0", "e002-v0"]);
  first.say(constraints({ lastN: 1 }));
  await first.until(({ forwardedSources }) => String(forwardedSources) === "e001-v0");
  await bridge.clock.advance(0);
  assert.deepEqual([stage.isPaused, tile.isPaused], [false, true]);
  first.say({ colibriClass: "LastNChangedEvent", lastN: 0 });
  await first.until(({ forwardedSources }) => String(forwardedSources) === "");
});

test("a picture that does not fit the bandwidth leaves the list, and is back with its layers", async () => {
  const { bridge, channels } = await openCall(2);
  await using _ = bridge;
  const [first] = channels as [TestChannel];
  await first.until(({ forwardedSources }) => String(forwardedSources) === "e001-v0");
  const video = nth(videosOf(bridge, 0));
  video.flow(false);
  await first.until(({ forwardedSources }) => String(forwardedSources) === "");
  video.flow(true);
  await first.settle();
  assert.deepEqual(first.all("ForwardedSources").at(-1)?.forwardedSources, ["e001-v0"]);
});

test("a source that its owner mutes leaves the list at once and comes back at once", async () => {
  const { bridge, channels } = await openCall(2);
  await using _ = bridge;
  const [first, second] = channels as [TestChannel, TestChannel];
  await first.until(({ forwardedSources }) => String(forwardedSources) === "e001-v0");
  second.say({ colibriClass: "SourceVideoTypeMessage", sourceName: "e001-v0", videoType: "none" });
  await first.until(({ forwardedSources }) => String(forwardedSources) === "");
  await bridge.clock.advance(0);
  assert.equal(nth(videosOf(bridge, 0)).isPaused, true);
  second.say({ colibriClass: "VideoTypeMessage", videoType: "desktop" });
  await second.settle();
  await first.settle();
  await bridge.clock.advance(0);
  assert.deepEqual(first.all("ForwardedSources").at(-1)?.forwardedSources, ["e001-v0"]);
  assert.equal(nth(videosOf(bridge, 0)).isPaused, false);
});

test("a sender is told the highest wish of all: a fall after a second, a raise after 100 ms, from nothing at once", async () => {
  const { bridge, channels } = await openCall(3);
  await using _ = bridge;
  const [first, second, third] = channels as [TestChannel, TestChannel, TestChannel];
  const told = () =>
    third.all("SenderSourceConstraints").map(({ sourceName, maxHeight }) => `${sourceName} ${maxHeight}`);
  const want = async (channel: TestChannel, maxHeight: number) => {
    channel.say(constraints({ defaultConstraints: { maxHeight } }));
    await channel.settle();
  };
  const wait = async (ms: number) => {
    await bridge.clock.advance(ms);
    await third.settle();
  };
  await wait(1_000);
  const [atFirst] = told();
  assert.equal(atFirst, "e002-v0 180");
  const from = told().length;
  await want(first, 720);
  await wait(99);
  assert.equal(told().length, from);
  await wait(1);
  assert.deepEqual(told().slice(from), ["e002-v0 720"]);
  await want(first, 0);
  await want(second, 0);
  await wait(999);
  assert.equal(told().length, from + 1);
  await wait(1);
  assert.deepEqual(told().slice(from + 1), ["e002-v0 0"]);
  await want(second, 360);
  await third.until(({ maxHeight }) => maxHeight === 360);
});

test("whoever is alone is told that nobody watches, and to send again as soon as somebody is invited", async () => {
  const { bridge, channels } = await openCall(1);
  await using _ = bridge;
  const [only] = channels as [TestChannel];
  assert.deepEqual(await only.until(({ sourceName }) => sourceName === "e000-v0"), {
    colibriClass: "SenderSourceConstraints",
    sourceName: "e000-v0",
    maxHeight: 0,
  });
  await bridge.create("bbbb2222");
  await only.until(({ maxHeight }) => maxHeight === 180);
  await bridge.focus.request(subjects.expireEndpoint, here, bridge.address("bbbb2222"));
  await bridge.clock.advance(1_000);
  await only.settle();
  assert.equal(only.all("SenderSourceConstraints").at(-1)?.maxHeight, 0);
});

test("a receiver hears whom it subscribes to", async () => {
  const { bridge, channels } = await openCall(3);
  await using _ = bridge;
  const [first] = channels as [TestChannel];
  first.say({ colibriClass: "ReceiverAudioSubscription", all: true, exclude: ["e001-a0"] });
  await first.settle();
  await bridge.clock.advance(0);
  const audios = [...nth(bridge.transports()).consumers].filter(({ producer }) => producer.kind === "audio");
  assert.deepEqual(
    audios.map(({ isPaused }) => isPaused),
    [true, false],
  );
});

test("messages go to one or to all others, with who sent them, and to nobody else", async () => {
  const { bridge, channels } = await openCall(3);
  await using _ = bridge;
  const [first, second, third] = channels as [TestChannel, TestChannel, TestChannel];
  first.say({ colibriClass: "EndpointMessage", to: "e001", from: "e002", msgPayload: { text: "psst" } });
  first.say({ colibriClass: "EndpointMessage", to: "", msgPayload: { text: "hello" } });
  first.say({ colibriClass: "EndpointMessage", to: "nobody", msgPayload: { text: "?" } });
  first.say({ colibriClass: "EndpointStats", bitrate: { download: 5 } });
  for (const channel of [first, second, third]) await channel.settle();
  const texts = (channel: TestChannel) =>
    channel.all("EndpointMessage").map(({ from, msgPayload }) => [from, (msgPayload as { text: string }).text]);
  assert.deepEqual(texts(first), []);
  assert.deepEqual(texts(second), [
    ["e000", "psst"],
    ["e000", "hello"],
  ]);
  assert.deepEqual(texts(third), [["e000", "hello"]]);
  assert.deepEqual(third.all("EndpointStats"), [
    { colibriClass: "EndpointStats", bitrate: { download: 5 }, from: "e000" },
  ]);
  assert.deepEqual(first.all("EndpointStats"), []);
});

test("in a crowd statistics go to those who look at their sender, and of a speaker to all", async () => {
  const { bridge, channels } = await openCall(limits.statsToAllEndpoints + 1);
  await using _ = bridge;
  const [first, second, third] = channels as [TestChannel, TestChannel, TestChannel];
  second.say(constraints({ selectedSources: ["e000-v0"] }));
  await second.settle();
  first.say({ colibriClass: "EndpointStats", n: 1 });
  await second.until(({ n }) => n === 1);
  await third.settle();
  assert.deepEqual(third.all("EndpointStats"), []);
  nth([...bridge.engine.routers]).speak(nth([...nth(bridge.transports()).producers]).id);
  first.say({ colibriClass: "EndpointStats", n: 2 });
  await third.until(({ n }) => n === 2);
});

test("a reaction is a message to the others and a fact for the focus, five in a second", async () => {
  const { bridge, channels } = await openCall(2);
  await using _ = bridge;
  const [first, second] = channels as [TestChannel, TestChannel];
  const said: string[] = [];
  bridge.focus.subscribe(subjects.endpointReacted, (one) => void said.push(`${one.endpoint} ${one.reactions}`));
  for (let count = 0; count < limits.reactionBurst + 5; count += 1)
    first.say({
      colibriClass: "EndpointMessage",
      to: "",
      msgPayload: { name: "endpoint-reaction", reactions: ["like"] },
    });
  await first.settle();
  await second.settle();
  await bridge.clock.advance(0);
  assert.equal(second.all("EndpointMessage").length, limits.reactionBurst + 5);
  assert.deepEqual(said, Array(limits.reactionBurst).fill("e000 like"));
});

test("whoever falls silent is marked with the others, and everybody hears of the return", async () => {
  const { bridge, channels } = await openCall(2);
  await using _ = bridge;
  const [first, second] = channels as [TestChannel, TestChannel];
  const [a, b] = bridge.transports();
  const receive = async (bytes: readonly [number, number], ms: number) => {
    for (const [index, transport] of [a, b].entries())
      if (transport)
        transport.received = {
          ...transport.received,
          bytesReceived: transport.received.bytesReceived + (bytes[index] ?? 0),
        };
    await bridge.clock.advance(ms);
  };
  await receive([100, 100], 2_000);
  for (let count = 0; count < 4; count += 1) await receive([0, 100], 2_000);
  const lost = await second.until(({ colibriClass }) => colibriClass === "EndpointConnectivityStatusChangeEvent");
  assert.deepEqual(lost, { colibriClass: "EndpointConnectivityStatusChangeEvent", endpoint: "e000", active: "false" });
  assert.deepEqual(first.all("EndpointConnectivityStatusChangeEvent"), []);
  await receive([100, 100], 2_000);
  await second.until(({ active }) => active === "true");
  await first.until(({ active }) => active === "true");
});

test("frames that are no message are dropped with a count, and past a bound the channel is closed with the reason", async () => {
  const { bridge, channels } = await openCall(2);
  await using _ = bridge;
  const [first, second] = channels as [TestChannel, TestChannel];
  for (let count = 0; count < limits.channelFaults; count += 1) first.say("{");
  await first.settle();
  assert.match((await bridge.fetch("/metrics")).text, new RegExp(`channel_faults_total ${limits.channelFaults}\\n`));
  first.say("{");
  assert.deepEqual(await first.closed, { code: 1007, reason: "expected one JSON object" });
  await second.settle();
});

test("binary frames and frames above the limit of size end their own channel only", async () => {
  const { bridge, channels } = await openCall(3);
  await using _ = bridge;
  const [first, second, third] = channels as [TestChannel, TestChannel, TestChannel];
  first.say("x".repeat(limits.channelFrameBytes + 1));
  assert.equal((await first.closed).code, 1009);
  for (let count = 0; count <= limits.channelFaults; count += 1) second.socket.send(Buffer.from([1, 2]));
  assert.equal((await second.closed).code, 1007);
  await third.settle();
});

test("a channel that floods loses its messages, then its connection", async () => {
  const { bridge, channels } = await openCall(2);
  await using _ = bridge;
  const [first, second] = channels as [TestChannel, TestChannel];
  const count = limits.channelMessageBurst + limits.channelFaults + 1;
  for (let index = 0; index < count; index += 1)
    first.say({ colibriClass: "EndpointMessage", to: "", msgPayload: { index } });
  assert.deepEqual(await first.closed, { code: 1008, reason: "too many messages" });
  await second.settle();
  assert.equal(second.all("EndpointMessage").length, limits.channelMessageBurst);
});

test("bytes are limited too, whatever the number of messages", async () => {
  const { bridge, channels } = await openCall(2);
  await using _ = bridge;
  const [first, second] = channels as [TestChannel, TestChannel];
  const text = "x".repeat(60_000);
  for (let index = 0; index < 12; index += 1)
    first.say({ colibriClass: "EndpointMessage", to: "", msgPayload: { text } });
  await first.settle().catch(() => {});
  await second.settle();
  assert.equal(second.all("EndpointMessage").length, Math.floor(limits.channelByteBurst / 60_072));
});

test("a channel that answers no ping for a minute is cut", async () => {
  const { bridge, channels } = await openCall(1);
  await using _ = bridge;
  const [first] = channels as [TestChannel];
  first.socket.pause();
  await bridge.clock.advance(60_000);
  first.socket.resume();
  assert.equal((await first.closed).code, 1006);
});

test("what is no HTTP at all gets an error and harms nobody", async () => {
  const { bridge, channels } = await openCall(1);
  await using _ = bridge;
  const socket = connect(bridge.service.channelPort, "127.0.0.1");
  let answer = "";
  socket.on("data", (data) => {
    answer += data;
  });
  socket.write("\u0016\u0003\u0001 rubbish\r\n\r\n");
  await new Promise((resolve) => socket.once("close", resolve));
  assert.match(answer, /^HTTP\/1\.1 400 /);
  await nth(channels).settle();
});

test("10,000 spoilt messages on one channel: the others hear nothing wrong, and the bridge goes on", async () => {
  const { bridge, channels, paths } = await openCall(3);
  await using _ = bridge;
  const sound = [
    constraints({ lastN: 5, selectedSources: ["e001-v0"], constraints: { "e001-v0": { maxHeight: 5 } } }),
    { colibriClass: "ReceiverAudioSubscription", all: true, include: ["e001-a0"] },
    { colibriClass: "SourceVideoTypeMessage", sourceName: "e000-v0", videoType: "camera" },
    { colibriClass: "EndpointMessage", to: "nobody", msgPayload: { name: "endpoint-reaction", reactions: ["like"] } },
  ];
  let channel = nth(channels);
  let reopened = 0;
  let isClosed = false;
  const watch = (one: TestChannel) => one.closed.then(() => (isClosed = true));
  void watch(channel);
  for (let seed = 1; seed <= 10_000; seed += 1) {
    const random = new Random(seed);
    const text = JSON.stringify(mutate(random.pick(sound), random)) ?? "";
    if (!isClosed) channel.say(random.chance(0.1) ? text.slice(0, random.below(text.length)) : text);
    if (seed % 100 === 0) {
      await bridge.clock.advance(5_000);
      await nth(channels, 1).settle();
    }
    if (!isClosed) continue;
    isClosed = false;
    reopened += 1;
    channel = await bridge.openChannel(paths.get("e000") ?? "");
    void watch(channel);
  }
  assert.ok(reopened > 20, `${reopened}`);
  await nth(channels, 2).settle();
  for (const { from, msgPayload } of nth(channels, 2).all("EndpointMessage"))
    assert.deepEqual([from, typeof msgPayload], ["e000", "object"]);
  assert.equal((await bridge.snapshot())?.endpoints.length, 3);
});

test("a channel whose endpoint was moved on opens no more", async () => {
  const { bridge, channels, paths } = await openCall(1);
  await using _ = bridge;
  await bridge.focus.request(subjects.expireEndpoint, here, bridge.address("e000"));
  assert.equal((await nth(channels).closed).code, 1001);
  await assert.rejects(bridge.openChannel(paths.get("e000") ?? ""), /HTTP 404/);
});
