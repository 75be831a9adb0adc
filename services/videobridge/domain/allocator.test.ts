import assert from "node:assert/strict";
import { test } from "node:test";
import { VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { Random } from "../testing/random.ts";
import { allocate, type VideoCandidate } from "./allocator.ts";
import {
  initialConstraints,
  maxHeight,
  type ReceiverConstraints,
  updateConstraints,
  wantsAudio,
} from "./constraints.ts";

const camera = (owner: string, given: Partial<VideoCandidate> = {}): VideoCandidate => ({
  name: `${owner}-v0`,
  owner,
  layers: 3,
  videoType: VideoType.CAMERA,
  isSending: true,
  ...given,
});
const want = (update: Partial<ReceiverConstraints>) => updateConstraints(initialConstraints, update);
const height = (maxHeight: number, maxFrameRate = -1) => ({ maxHeight, maxFrameRate });
const forwarded = (candidates: readonly VideoCandidate[], constraints: ReceiverConstraints, speech: string[] = []) =>
  allocate(candidates, constraints, speech)
    .filter((one) => one.isForwarded)
    .map(({ name }) => name);

test("before the first constraints everybody is a thumbnail of the lowest layer", () => {
  const [only] = allocate([camera("a")], initialConstraints, []);
  assert.deepEqual(only, {
    name: "a-v0",
    wantedHeight: 180,
    isForwarded: true,
    spatialLayer: 0,
    temporalLayer: 2,
    priority: 1,
  });
});

test("on stage comes before selected, selected before speakers, speakers before the rest; last-N cuts there", () => {
  const all = ["a", "b", "c", "d"].map((owner) => camera(owner));
  const constraints = want({ lastN: 3, onStageSources: ["d-v0"], selectedSources: ["c-v0"] });
  assert.deepEqual(forwarded(all, constraints, ["b"]), ["d-v0", "c-v0", "b-v0"]);
  assert.deepEqual(forwarded(all, want({ lastN: 0 })), []);
  assert.deepEqual(forwarded(all, want({ lastN: -1 })).length, 4);
});

test("a muted source is not forwarded, leaves its place to another, and keeps what is wanted of it", () => {
  const all = [camera("a", { isSending: false }), camera("b")];
  const allocations = allocate(all, want({ lastN: 1 }), ["a", "b"]);
  assert.deepEqual(
    allocations.map(({ name, isForwarded, wantedHeight }) => [name, isForwarded, wantedHeight]),
    [
      ["a-v0", false, 180],
      ["b-v0", true, 180],
    ],
  );
});

const layers: readonly [wanted: number, layer: number][] = [
  [90, 0],
  [180, 0],
  [359, 0],
  [360, 1],
  [719, 1],
  [720, 2],
  [2160, 2],
  [-1, 2],
];
for (const [wanted, layer] of layers)
  test(`of three layers ${wanted} pixels get layer ${layer}`, () => {
    const [only] = allocate([camera("a")], want({ defaultConstraint: height(wanted) }), []);
    assert.equal(only?.spatialLayer, layer);
  });

test("a screen is sent at its top layer unless it is a thumbnail", () => {
  const screen = camera("a", { videoType: VideoType.DESKTOP });
  assert.equal(allocate([screen], want({ constraints: new Map([["a-v0", height(360)]]) }), [])[0]?.spatialLayer, 2);
  assert.equal(allocate([screen], initialConstraints, [])[0]?.spatialLayer, 0);
});

test("a frame rate limits the temporal layer", () => {
  const layer = (fps: number) =>
    allocate([camera("a")], want({ defaultConstraint: height(180, fps) }), [])[0]?.temporalLayer;
  assert.deepEqual([5, 15, 30, -1].map(layer), [0, 1, 2, 2]);
});

test("constraints by name win over the default; 0 turns off", () => {
  const constraints = want({ defaultConstraint: height(0), constraints: new Map([["b-v0", height(720)]]) });
  assert.deepEqual(forwarded([camera("a"), camera("b")], constraints), ["b-v0"]);
});

test("the stage has the bandwidth first, then the selection, then who speaks", () => {
  const all = ["a", "b", "c", "d", "e"].map((owner) => camera(owner));
  const constraints = want({ onStageSources: ["a-v0"], selectedSources: ["b-v0"] });
  const priorities = allocate(all, constraints, ["c", "d"]).map(({ priority }) => priority);
  assert.deepEqual(priorities, [255, 200, 64, 32, 1]);
});

test("an update keeps what it does not name", () => {
  const first = want({ lastN: 2, onStageSources: ["a-v0"] });
  const second = updateConstraints(first, { lastN: 5 });
  assert.deepEqual(second.onStageSources, ["a-v0"]);
  assert.equal(second.lastN, 5);
});

test("the highest of heights: -1 is above all, nothing is 0", () => {
  assert.equal(maxHeight([180, -1, 720]), -1);
  assert.equal(maxHeight([180, 720]), 720);
  assert.equal(maxHeight([]), 0);
});

test("audio is heard unless it is excluded, or not among those that are wanted", () => {
  assert.ok(wantsAudio({ type: "all", except: new Set(["b-a0"]) }, "a-a0"));
  assert.ok(!wantsAudio({ type: "all", except: new Set(["b-a0"]) }, "b-a0"));
  assert.ok(!wantsAudio({ type: "only", sources: new Set() }, "a-a0"));
});

test("for any wishes: each source once, never more than last-N, layers that exist, nobody asked for is dark", () => {
  for (let seed = 1; seed <= 2_000; seed += 1) {
    const random = new Random(seed);
    const names = ["a", "b", "c", "d", "e", "f"];
    const some = () => names.filter(() => random.chance(0.4)).map((name) => `${name}-v0`);
    const heights = [0, -1, 90, 180, 360, 720];
    const candidates = names.map((owner) => camera(owner, { isSending: random.chance(0.7), layers: random.below(4) }));
    const constraints = want({
      lastN: random.below(7) - 1,
      onStageSources: some(),
      selectedSources: some(),
      defaultConstraint: height(random.pick(heights)),
      constraints: new Map(some().map((name) => [name, height(random.pick(heights))])),
    });
    const speech = names.filter(() => random.chance(0.5));
    const result = allocate(candidates, constraints, speech);
    assert.deepEqual(result.map(({ name }) => name).sort(), candidates.map(({ name }) => name).sort(), `seed ${seed}`);
    const shown = result.filter(({ isForwarded }) => isForwarded);
    if (constraints.lastN >= 0) assert.ok(shown.length <= constraints.lastN, `seed ${seed}`);
    for (const one of result) {
      const candidate = candidates.find(({ name }) => name === one.name);
      assert.ok(one.spatialLayer < Math.max(1, candidate?.layers ?? 0), `seed ${seed}`);
      assert.ok(one.priority >= 1 && one.priority <= 255, `seed ${seed}`);
      assert.ok(!one.isForwarded || (candidate?.isSending && one.wantedHeight !== 0), `seed ${seed}`);
    }
  }
});
