import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import { limits } from "../domain/limits.ts";
import type { MemoryConsumer, MemoryTransport } from "../edge/memory-engine.ts";
import { here, startBridge, type TestBridge, type TestChannel } from "../testing/bridge.ts";
import { acceptedDescriptions, camera, clientTransport, microphone, nth } from "../testing/descriptions.ts";

const layers = [
  [60, 90, 150],
  [200, 300, 500],
  [600, 900, 1_500],
].map((rates) => rates.map((kbps) => kbps * 1_000));

const teacher = "aaaa1111";
const pupil = "bbbb2222";
const receiver = "cccc3333";
const watchTeacher = {
  colibriClass: "ReceiverVideoConstraints",
  onStageSources: [`${teacher}-v0`],
  constraints: { [`${teacher}-v0`]: { maxHeight: 720 } },
};

/** A teacher, a pupil and one who watches both, all of whose pictures and sound were measured. */
async function startLesson(env: Readonly<Record<string, string>> = {}, sentKbps = 3_000) {
  const bridge = await startBridge(env);
  const offers = new Map<string, string>();
  for (const id of [teacher, pupil, receiver]) {
    offers.set(id, (await bridge.create(id)).channelPath);
    await bridge.connect(id);
  }
  for (const id of [teacher, pupil, receiver]) await bridge.resume(id);
  const transports = bridge.transports() as [MemoryTransport, MemoryTransport, MemoryTransport];
  for (const { producers } of transports)
    for (const producer of producers) producer.bitrates = producer.kind === "audio" ? [[30_000]] : layers;
  const channel = await bridge.openChannel(offers.get(receiver) ?? "");
  channel.say(watchTeacher);
  await channel.settle();
  const line = transports[2];
  const flow = { kbps: sentKbps };
  bridge.clock.every(1_000, () => {
    line.received = { ...line.received, bytesSent: line.received.bytesSent + flow.kbps * 125 };
  });
  await bridge.clock.advance(4_000);
  return { bridge, channel, line, teacherLine: transports[0], offers, flow };
}

async function estimate(bridge: TestBridge, line: MemoryTransport, kbps: number) {
  line.estimate(kbps * 1_000);
  await bridge.clock.advance(0);
}

const consumerOf = (line: MemoryTransport, from: MemoryTransport) =>
  [...line.consumers].find(
    ({ producer }) => producer.kind === "video" && producer.transport === from,
  ) as MemoryConsumer;
const lastForwarded = (channel: TestChannel) => channel.all("ForwardedSources").at(-1)?.forwardedSources;
const debug = async (bridge: TestBridge, id = receiver) => (await bridge.fetch(`/debug/c1/${id}`)).json().downlink;
const why = async (bridge: TestBridge) =>
  Object.fromEntries((await debug(bridge)).sources.map((one: { name: string; why: string }) => [one.name, one.why]));

describe("what a receiver is forwarded", () => {
  test("while nothing is known of its line, all that it asked for", async () => {
    const { bridge, line, teacherLine } = await startLesson();
    await using _ = bridge;
    assert.deepEqual(consumerOf(line, teacherLine).layers, [2, 2]);
    assert.equal((await debug(bridge)).estimateBps, null);
  });

  test("a narrow line keeps the stage; the others are paused, and that is said at once", async () => {
    const { bridge, channel, line, teacherLine } = await startLesson();
    await using _ = bridge;
    assert.deepEqual(lastForwarded(channel), [`${teacher}-v0`, `${pupil}-v0`]);
    await estimate(bridge, line, 300);
    await channel.settle();
    assert.deepEqual(lastForwarded(channel), [`${teacher}-v0`]);
    assert.deepEqual(await why(bridge), {
      [`${teacher}-v0`]: "less-than-wanted",
      [`${pupil}-v0`]: "no-bandwidth",
    });
    assert.deepEqual(consumerOf(line, teacherLine).layers, [0, 2]);
    await estimate(bridge, line, 800);
    assert.deepEqual(consumerOf(line, teacherLine).layers, [1, 1], "with caution");
    await bridge.clock.advance(10_000);
    await estimate(bridge, line, 3_000);
    await channel.settle();
    assert.deepEqual(lastForwarded(channel), [`${teacher}-v0`, `${pupil}-v0`]);
    assert.deepEqual(consumerOf(line, teacherLine).layers, [2, 2]);
  });

  test("when a line collapses, the stage is stopped and begins anew, so that what was lost is not sent again", async () => {
    const { bridge, line, teacherLine } = await startLesson();
    await using _ = bridge;
    await estimate(bridge, line, 3_000);
    const stage = consumerOf(line, teacherLine);
    const steps: string[] = [];
    stage.setPaused = async (isPaused) => void steps.push(isPaused ? "stop" : "go");
    stage.setLayers = async (spatial, temporal) => void steps.push(`${spatial}.${temporal}`);
    await estimate(bridge, line, 2_400);
    assert.deepEqual(steps, [], "that much less is no collapse");
    line.estimate(600_000);
    stage.miss();
    await bridge.clock.advance(0);
    assert.deepEqual(steps, ["stop", "1.2", "go"]);
  });

  test("the stage of a line that carries nothing is sent all the same, and the bridge counts it", async () => {
    const { bridge, line, teacherLine } = await startLesson();
    await using _ = bridge;
    await estimate(bridge, line, 50);
    assert.equal(consumerOf(line, teacherLine).isPaused, false);
    assert.ok(line.floorBps > 60_000, "the media engine would suspend it by itself");
    assert.equal((await bridge.fetch("/colibri/stats")).json().num_eps_oversending, 1);
    assert.equal((await debug(bridge)).isOversending, true);
    await estimate(bridge, line, 3_000);
    assert.equal(line.floorBps, 0);
    assert.equal((await bridge.fetch("/colibri/stats")).json().num_eps_oversending, 0);
  });

  test("an estimate that hardly changes is no reason to decide anew until five seconds have gone", async () => {
    const { bridge, line } = await startLesson();
    await using _ = bridge;
    await estimate(bridge, line, 1_000);
    const before = await debug(bridge);
    const pupilMedia = nth([...nth(bridge.transports(), 1).producers].filter(({ kind }) => kind === "video"));
    pupilMedia.bitrates = layers.map((rates) => rates.map((rate) => rate * 2));
    await bridge.clock.advance(2_000);
    await estimate(bridge, line, 1_100);
    assert.equal((await debug(bridge)).targetBps, before.targetBps);
    await bridge.clock.advance(4_000);
    await estimate(bridge, line, 1_100);
    assert.notEqual((await debug(bridge)).targetBps, before.targetBps);
  });

  test("the client hears what its line is thought to carry, every ten seconds at most", async () => {
    const { bridge, channel, line } = await startLesson();
    await using _ = bridge;
    for (const kbps of [1_000, 500, 1_000]) await estimate(bridge, line, kbps);
    await bridge.clock.advance(10_000);
    await estimate(bridge, line, 700);
    await channel.settle();
    assert.deepEqual(
      channel.all("ConnectionStats").map(({ estimatedDownlinkBandwidth }) => estimatedDownlinkBandwidth),
      [1_000_000, 700_000],
    );
  });

  test("sizes that come or go are counted, and those who watch are thought of again", async () => {
    const { bridge, line, teacherLine } = await startLesson();
    await using _ = bridge;
    await estimate(bridge, line, 3_000);
    const target = (await debug(bridge)).targetBps;
    const media = nth([...teacherLine.producers].filter(({ kind }) => kind === "video"));
    media.bitrates = [nth(layers), [0, 0, 0], [0, 0, 0]];
    await bridge.clock.advance(2_000);
    assert.equal((await bridge.fetch("/colibri/stats")).json().total_layering_changes_received, 1);
    assert.ok((await debug(bridge)).targetBps < target);
    assert.deepEqual(consumerOf(line, teacherLine).layers, [2, 2], "it is asked for all, should it come");
  });
});

describe("a picture that an estimate keeps away", () => {
  const isPaused = ({ line, teacherLine }: Awaited<ReturnType<typeof startLesson>>) =>
    consumerOf(line, teacherLine).isPaused;

  /** The teacher sends one heavy stream that nobody has on stage; the pupil is not wanted. */
  async function startHeavy(sentKbps: number) {
    const lesson = await startLesson({}, sentKbps);
    const { bridge, channel, teacherLine } = lesson;
    const media = nth([...teacherLine.producers].filter(({ kind }) => kind === "video"));
    media.bitrates = [
      [0, 0, 2_600_000],
      [0, 0, 0],
      [0, 0, 0],
    ];
    channel.say({
      colibriClass: "ReceiverVideoConstraints",
      onStageSources: [],
      constraints: { [`${teacher}-v0`]: { maxHeight: 720 }, [`${pupil}-v0`]: { maxHeight: 0 } },
    });
    await channel.settle();
    await bridge.clock.advance(4_000);
    return lesson;
  }

  test("is not kept away by an estimate at which nothing flowed", async () => {
    const lesson = await startLesson({}, 10);
    const { bridge, line } = lesson;
    await using _ = bridge;
    for (let second = 0; second < 10; second += 1) {
      await estimate(bridge, line, 60);
      assert.equal(isPaused(lesson), false);
      assert.deepEqual(Object.values(await why(bridge)), ["as-wanted", "as-wanted"]);
      await bridge.clock.advance(1_000);
    }
  });

  test("is tried although it alone is more than the media engine's first guess, which can't grow without it", async () => {
    const lesson = await startHeavy(2_600);
    const { bridge, line } = lesson;
    await using _ = bridge;
    for (let second = 0; second < 10; second += 1) {
      await estimate(bridge, line, 1_500);
      assert.equal(isPaused(lesson), false, JSON.stringify(await debug(bridge)));
      await bridge.clock.advance(1_000);
    }
    assert.equal((await why(bridge))[`${teacher}-v0`], "trying");
    await estimate(bridge, line, 3_200);
    assert.equal((await why(bridge))[`${teacher}-v0`], "as-wanted");
  });

  test("is tried again 3 s after the line could not take it", async () => {
    const lesson = await startHeavy(2_600);
    const { bridge, line, flow } = lesson;
    await using _ = bridge;
    await estimate(bridge, line, 1_500);
    await estimate(bridge, line, 400);
    assert.equal(isPaused(lesson), true);
    flow.kbps = 30;
    await bridge.clock.advance(2_000);
    await estimate(bridge, line, 400);
    assert.equal(isPaused(lesson), true);
    await bridge.clock.advance(1_000);
    await estimate(bridge, line, 400);
    assert.equal(isPaused(lesson), false);
  });

  test("begins anew where it should flow and nothing comes", async () => {
    const { bridge, line, teacherLine, flow } = await startLesson();
    await using _ = bridge;
    await estimate(bridge, line, 3_000);
    flow.kbps = 10;
    const steps: string[] = [];
    consumerOf(line, teacherLine).setPaused = async (isStopped) => void steps.push(isStopped ? "stop" : "go");
    for (let second = 0; second < 16; second += 1) {
      await bridge.clock.advance(1_000);
      await estimate(bridge, line, 3_000 + (second % 2) * 1_000);
    }
    assert.deepEqual(steps, ["stop", "go"]);
  });
});

describe("an estimate", () => {
  /** All that is wanted fits, and has for a while. */
  async function startEasy() {
    const lesson = await startLesson();
    await estimate(lesson.bridge, lesson.line, 3_000);
    await lesson.bridge.clock.advance(4_000);
    assert.equal(lesson.line.isWatched, false);
    return lesson;
  }

  test("is watched from the start and where it leaves little room above what is wanted", async () => {
    const { bridge, line } = await startLesson();
    await using _ = bridge;
    for (let second = 0; second < 8; second += 1) {
      await estimate(bridge, line, 1_800);
      await bridge.clock.advance(1_000);
      assert.equal(line.isWatched, true);
    }
  });

  test("of a line that carries all is heard of with each look", async () => {
    const { bridge, line } = await startEasy();
    await using _ = bridge;
    await estimate(bridge, line, 800);
    assert.equal((await debug(bridge)).estimateBps, 3_000_000);
    await bridge.clock.advance(2_000);
    assert.equal((await debug(bridge)).estimateBps, 800_000);
    assert.equal(line.isWatched, true);
  });

  test("is heard of at once where the receiver misses packets", async () => {
    const { bridge, line, teacherLine } = await startEasy();
    await using _ = bridge;
    await estimate(bridge, line, 800);
    consumerOf(line, teacherLine).miss();
    await bridge.clock.advance(0);
    assert.equal(line.isWatched, true);
    assert.equal((await debug(bridge)).estimateBps, 800_000);
    assert.deepEqual(consumerOf(line, teacherLine).layers, [1, 2]);
  });

  test("is watched where far less flows than was put on the line", async () => {
    const { bridge, line, flow } = await startEasy();
    await using _ = bridge;
    flow.kbps = 300;
    await bridge.clock.advance(4_000);
    assert.equal(line.isWatched, true);
  });
});

describe("last-N", () => {
  test("who has not said yet what it wants is given twenty pictures, those that came first", async () => {
    await using bridge = await startBridge();
    const crowd = Array.from({ length: limits.picturesUnasked + 2 }, (_, index) => `e${String(999 - index)}`);
    await bridge.join(...crowd, receiver);
    const line = nth(bridge.transports(), crowd.length);
    const shown = () => [...line.consumers].flatMap(({ producer }) => (producer.kind === "video" ? producer : []));
    assert.deepEqual(
      shown().map(({ given }) => given.cname),
      crowd.slice(0, limits.picturesUnasked),
    );
    const { channelPath } = await bridge.create(receiver);
    const channel = await bridge.openChannel(channelPath);
    channel.say({ colibriClass: "ReceiverVideoConstraints", defaultConstraints: { maxHeight: 180 } });
    await channel.settle();
    await bridge.clock.advance(1_000);
    assert.equal(shown().length, crowd.length);
  });

  test("the session's own counts until the bridge channel says another", async () => {
    await using bridge = await startBridge();
    await bridge.join(teacher, pupil);
    const { channelPath } = await bridge.create(receiver);
    await bridge.focus.request(subjects.connectEndpoint, here, {
      ...bridge.address(receiver),
      jingleSession: `s-${receiver}`,
      descriptions: acceptedDescriptions(),
      transport: clientTransport(),
      sources: [microphone(receiver), camera(receiver)],
      initialLastN: 1,
    });
    await bridge.clock.advance(0);
    const shown = () =>
      [...nth(bridge.transports(), 2).consumers].filter(
        ({ producer, isPaused }) => producer.kind === "video" && !isPaused,
      );
    assert.equal(shown().length, 1);
    const channel = await bridge.openChannel(channelPath);
    channel.say({ colibriClass: "ReceiverVideoConstraints", lastN: -1 });
    await channel.settle();
    await bridge.clock.advance(0);
    assert.equal(shown().length, 2);
  });

  test("what the operator allows is the most", async () => {
    const { bridge, channel } = await startLesson({ VECHE_LAST_N: "1" });
    await using _ = bridge;
    assert.deepEqual(lastForwarded(channel), [`${teacher}-v0`]);
    assert.equal((await why(bridge))[`${pupil}-v0`], "beyond-last-n");
  });

  for (const isReducing of [true, false])
    test(`a bridge with too much to do forwards ${isReducing ? "less, where the operator says so" : "all the same"}`, async () => {
      const { bridge, channel } = await startLesson({ VECHE_LOAD_REDUCER: String(isReducing) });
      await using _ = bridge;
      bridge.engine.usage = async () => ({ workerCpuMs: [bridge.clock.now()] });
      await bridge.clock.advance(4_000);
      await channel.settle();
      assert.equal((lastForwarded(channel) as string[]).length, isReducing ? 1 : 2);
    });
});

test("a client's word of its own line counts where the operator lets it", async () => {
  for (const [limit, expected] of [
    ["0", 0],
    ["800000", 800_000],
  ] as const) {
    const { bridge, channel, line } = await startLesson({ VECHE_ASSUMED_BANDWIDTH_LIMIT: limit });
    await using _ = bridge;
    channel.say({ colibriClass: "ReceiverVideoConstraints", assumedBandwidthBps: 5_000_000 });
    await channel.settle();
    await bridge.clock.advance(0);
    assert.equal(line.floorBps, expected);
  }
});

test("when the last who watched has left, the senders are told to stop", async () => {
  const { bridge, offers } = await startLesson();
  await using _ = bridge;
  const channel = await bridge.openChannel(offers.get(teacher) ?? "");
  const told = () => channel.all("SenderSourceConstraints").at(-1)?.maxHeight;
  await bridge.clock.advance(1_000);
  await channel.settle();
  assert.equal(told(), 720);
  for (const endpoint of [receiver, pupil])
    await bridge.focus.request(subjects.expireEndpoint, here, bridge.address(endpoint));
  await bridge.clock.advance(1_000);
  await channel.settle();
  assert.equal(told(), 0);
});
