import assert from "node:assert/strict";
import { test } from "node:test";
import { VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { flowingSizes, isSentAt, observePicture, observeSound, soundBitrate } from "./flow.ts";
import { type Layering, layeringOf } from "./layering.ts";
import { type Ladder, makeLadder, type SourceFlow, unmeasured } from "./layers.ts";

const simulcast: Layering = { spatial: 3, temporal: 3 };
const usual = unmeasured(simulcast);
const of = (maxHeight: number, maxFrameRate = -1) => ({ maxHeight, maxFrameRate });
const names = ({ steps }: Ladder) => steps.map(({ spatial, temporal }) => `${spatial}.${temporal}`);
const ladder = (flow: SourceFlow, maxHeight: number, maxFrameRate = -1, videoType: VideoType = VideoType.CAMERA) =>
  makeLadder(flow, videoType, of(maxHeight, maxFrameRate));

test("sizes and rates are read from what is sent: streams, or a scalability mode", () => {
  const stream = (ssrc: number, scalabilityMode?: string) => (scalabilityMode ? { ssrc, scalabilityMode } : { ssrc });
  assert.deepEqual(layeringOf([1, 2, 3].map((ssrc) => stream(ssrc, "L1T3"))), { spatial: 3, temporal: 3 });
  assert.deepEqual(layeringOf([stream(1, "L3T3_KEY")]), { spatial: 3, temporal: 3 });
  assert.deepEqual(layeringOf([stream(1)]), { spatial: 1, temporal: 1 });
});

const tops: readonly [wanted: number, layer: string][] = [
  [90, "0.2"],
  [180, "0.2"],
  [359, "0.2"],
  [360, "1.2"],
  [719, "1.2"],
  [720, "2.2"],
  [2160, "2.2"],
  [-1, "2.2"],
];
for (const [wanted, top] of tops)
  test(`of three sizes ${wanted} pixels may get up to ${top}`, () =>
    assert.equal(names(ladder(usual, wanted)).at(-1), top));

test("a camera grows only where it moves as well: full rate above 360 pixels, half of it below, all at the least", () => {
  const flow = {
    layering: simulcast,
    bitrates: [
      [60, 90, 150],
      [160, 240, 400],
      [500, 700, 1_200],
    ],
  };
  assert.deepEqual(names(ladder(flow, -1)), ["0.0", "0.1", "0.2", "1.1", "1.2", "2.2"]);
  assert.equal(names(ladder(flow, -1))[ladder(flow, -1).preferred], "1.2");
  assert.equal(names(ladder(flow, 180))[ladder(flow, 180).preferred], "0.2");
});

test("a screen is large before it moves", () => {
  const steps = ladder(usual, -1, -1, VideoType.DESKTOP);
  assert.deepEqual(names(steps), ["0.0", "1.0", "2.0", "2.1", "2.2"]);
  assert.equal(names(steps)[steps.preferred], "2.0");
  assert.deepEqual(names(ladder(usual, -1, -1, VideoType.DESKTOP_HIGH_FPS)), names(ladder(usual, -1)));
});

test("a frame rate limits the temporal layer", () =>
  assert.deepEqual(
    [5, 15, 30, -1].map((fps) => names(ladder(usual, 180, fps)).at(-1)),
    ["0.0", "0.1", "0.2", "0.2"],
  ));

test("sizes that do not flow are no steps, but are asked for where there is room", () => {
  const flow = {
    layering: simulcast,
    bitrates: [
      [60, 90, 150],
      [0, 0, 0],
      [0, 0, 0],
    ],
  };
  assert.deepEqual(names(ladder(flow, -1)), ["0.0", "0.1", "0.2"]);
  assert.deepEqual(ladder(flow, -1).top, { spatial: 2, temporal: 2 });
  assert.deepEqual(ladder(flow, 180).top, { spatial: 0, temporal: 2 });
});

test("a size that nobody has seen yet is asked for, and no step until it was measured", () => {
  const flow = { layering: simulcast, bitrates: [[60, 90, 150]] };
  assert.deepEqual(names(ladder(flow, -1)), ["0.0", "0.1", "0.2"]);
  assert.deepEqual(ladder(flow, -1).top, { spatial: 2, temporal: 2 });
});

test("where only a large size flows, it is what a thumbnail gets", () => {
  const flow = {
    layering: simulcast,
    bitrates: [
      [0, 0, 0],
      [0, 0, 0],
      [400, 600, 900],
    ],
  };
  assert.deepEqual(names(ladder(flow, 180)), ["2.0", "2.1", "2.2"]);
});

test("a size that costs no more than a smaller one takes its place", () => {
  const flow = {
    layering: simulcast,
    bitrates: [
      [60, 90, 300],
      [100, 150, 280],
      [500, 700, 1_200],
    ],
  };
  assert.deepEqual(names(ladder(flow, 360)), ["0.0", "0.1", "1.1", "1.2"]);
});

test("what a layer takes rises at once and falls by halves; a size nobody asked for stays as it was", () => {
  const all = () => true;
  const first = observePicture(usual, [[60, 90, 150], [200, 300, 500], [0]], all);
  assert.deepEqual(first.bitrates, [
    [60, 90, 150],
    [200, 300, 500],
    [0, 0, 0],
  ]);
  const second = observePicture(
    first,
    [
      [40, 100, 150],
      [0, 0, 0],
    ],
    (spatial) => isSentAt(spatial, 180),
  );
  assert.deepEqual(second.bitrates, [
    [50, 100, 150],
    [200, 300, 500],
    [0, 0, 0],
  ]);
  assert.deepEqual(
    observePicture(
      second,
      [
        [60, 100, 150],
        [0, 0, 0],
      ],
      all,
    ).bitrates[1],
    [0, 0, 0],
  );
  assert.equal(observePicture(second, [[0], [0], [0]], all), second);
  assert.deepEqual([first, usual].map(flowingSizes), ["110", ""]);
});

test("a sender sends the sizes up to what it was told, and the least in any case", () => {
  const sizes = (told: number | undefined) => [0, 1, 2].filter((spatial) => isSentAt(spatial, told));
  assert.deepEqual([undefined, -1, 360, 90, 0].map(sizes), [[0, 1, 2], [0, 1, 2], [0, 1], [0], [0]]);
});

test("sound that has ended takes nothing", () => {
  const mono = unmeasured({ spatial: 1, temporal: 1 });
  assert.equal(soundBitrate(mono), 0);
  assert.equal(soundBitrate(observeSound(observeSound(mono, [[32_000]]), [[0]])), 0);
});
