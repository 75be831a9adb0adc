import assert from "node:assert/strict";
import { test } from "node:test";
import { VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { Random } from "../testing/random.ts";
import { type Allocation, type AllocationQuestion, allocate, isFall, type VideoCandidate } from "./allocator.ts";
import { constraintOf, initialConstraints, type ReceiverConstraints, updateConstraints } from "./constraints.ts";
import { makeLadder } from "./layers.ts";
import { limits } from "./limits.ts";

/** What each size takes at 7.5, 15 and 30 frames a second. */
const usual = [
  [60, 90, 150],
  [200, 300, 500],
  [600, 900, 1_500],
].map((rates) => rates.map((kbps) => kbps * 1_000));

const camera = (owner: string, given: Partial<VideoCandidate> & { bitrates?: number[][] } = {}): VideoCandidate => ({
  name: `${owner}-v0`,
  owner,
  flow: { layering: { spatial: 3, temporal: 3 }, bitrates: given.bitrates ?? usual },
  videoType: VideoType.CAMERA,
  isSending: true,
  ...given,
});
const single = (owner: string, bitrateBps: number) =>
  camera(owner, { flow: { layering: { spatial: 1, temporal: 1 }, bitrates: [[bitrateBps]] } });
const want = (update: Partial<ReceiverConstraints>) => updateConstraints(initialConstraints, update);
const height = (maxHeight: number, maxFrameRate = -1) => ({ maxHeight, maxFrameRate });
const everything = { defaultConstraint: height(-1) };

const decide = (
  candidates: readonly VideoCandidate[],
  constraints: ReceiverConstraints = initialConstraints,
  given: Partial<AllocationQuestion> = {},
) =>
  allocate({
    candidates,
    constraints,
    speechOrder: [],
    lastN: constraints.lastN,
    availableBps: undefined,
    isCautious: false,
    isTrying: false,
    ...given,
  });
const forwarded = ({ sources }: Allocation) => sources.filter(({ layer }) => layer).map(({ name }) => name);
const layersOf = ({ sources }: Allocation) =>
  Object.fromEntries(sources.map(({ name, layer }) => [name, layer ? `${layer.spatial}.${layer.temporal}` : "-"]));
const verdicts = ({ sources }: Allocation) => Object.fromEntries(sources.map(({ name, verdict }) => [name, verdict]));
/** So much that it fits with the margin for raising. */
const roomFor = (kbps: number) => ({ availableBps: kbps * 1_000 * 1.151 });

test("before the first constraints everybody is a thumbnail of the lowest size", () => {
  const { sources } = decide([camera("a")]);
  const { layer, ...rest } = sources[0] ?? {};
  assert.deepEqual(layer, { spatial: 0, temporal: 2, height: 180, frameRate: 30, bitrateBps: 150_000 });
  assert.deepEqual(rest, {
    name: "a-v0",
    wantedHeight: 180,
    ask: { spatial: 0, temporal: 2 },
    priority: 1,
    idealBps: 150_000,
    verdict: "as-wanted",
  });
});

test("on stage comes before selected, selected before speakers, speakers before the rest; last-N cuts there", () => {
  const all = ["a", "b", "c", "d"].map((owner) => camera(owner));
  const constraints = want({ lastN: 3, onStageSources: ["d-v0"], selectedSources: ["c-v0"] });
  const cut = decide(all, constraints, { speechOrder: ["b"] });
  assert.deepEqual(forwarded(cut), ["d-v0", "c-v0", "b-v0"]);
  assert.equal(verdicts(cut)["a-v0"], "beyond-last-n");
  assert.deepEqual(forwarded(decide(all, want({ lastN: 0 }))), []);
  assert.equal(forwarded(decide(all)).length, 4);
});

test("a muted source is not forwarded, leaves its place to another, and keeps what is wanted of it", () => {
  const all = [camera("a", { isSending: false }), camera("b")];
  const { sources } = decide(all, want({ lastN: 1 }), { speechOrder: ["a", "b"] });
  assert.deepEqual(
    sources.map(({ name, layer, wantedHeight, verdict }) => [name, layer !== undefined, wantedHeight, verdict]),
    [
      ["a-v0", false, 180, "not-sending"],
      ["b-v0", true, 180, "as-wanted"],
    ],
  );
});

test("constraints by name win over the default; 0 turns off", () => {
  const constraints = want({ defaultConstraint: height(0), constraints: new Map([["b-v0", height(720)]]) });
  const allocation = decide([camera("a"), camera("b")], constraints);
  assert.deepEqual(forwarded(allocation), ["b-v0"]);
  assert.equal(verdicts(allocation)["a-v0"], "not-wanted");
});

test("the media engine divides by the same order: the stage, then the selection, then who speaks", () => {
  const all = ["a", "b", "c", "d", "e"].map((owner) => camera(owner));
  const constraints = want({ onStageSources: ["a-v0"], selectedSources: ["b-v0"] });
  const { sources } = decide(all, constraints, { speechOrder: ["c", "d"] });
  assert.deepEqual(
    sources.map(({ priority }) => priority),
    [255, 200, 64, 32, 1],
  );
});

const lesson = [camera("teacher"), camera("a"), camera("b")];
const watchesTeacher = want({ ...everything, onStageSources: ["teacher-v0"] });

const lessonBy: readonly [kbps: number, teacher: string, a: string, b: string][] = [
  [60, "0.0", "-", "-"],
  [150, "0.2", "-", "-"],
  [340, "1.1", "-", "-"],
  [500, "1.2", "-", "-"],
  [560, "1.2", "0.0", "-"],
  [620, "1.2", "0.0", "0.0"],
  [800, "1.2", "0.2", "0.2"],
  [1_900, "2.2", "0.2", "0.2"],
  [4_500, "2.2", "2.2", "2.2"],
];
for (const [kbps, ...wanted] of lessonBy)
  test(`in ${kbps} kbit/s the teacher on stage gets ${wanted[0]}, the pupils ${wanted[1]} and ${wanted[2]}`, () => {
    const layers = layersOf(decide(lesson, watchesTeacher, roomFor(kbps)));
    assert.deepEqual([layers["teacher-v0"], layers["a-v0"], layers["b-v0"]], wanted);
  });

test("without a stage everybody gets the least before anybody gets more", () => {
  const constraints = want(everything);
  assert.deepEqual(Object.values(layersOf(decide(lesson, constraints, roomFor(200)))), ["0.0", "0.0", "0.0"]);
  assert.deepEqual(Object.values(layersOf(decide(lesson, constraints, roomFor(270)))), ["0.1", "0.1", "0.1"]);
});

test("what does not fit is suspended, and the next that does is not", () => {
  const allocation = decide([single("a", 400_000), camera("b")], want(everything), {
    ...roomFor(100),
    speechOrder: ["a"],
  });
  assert.deepEqual(verdicts(allocation), { "a-v0": "no-bandwidth", "b-v0": "less-than-wanted" });
});

test("the stage is oversent by up to 500 kbit/s rather than be dark; then nobody else has anything", () => {
  const allocation = decide(lesson, watchesTeacher, { availableBps: 10_000 });
  assert.deepEqual(verdicts(allocation), {
    "teacher-v0": "oversending",
    "a-v0": "no-bandwidth",
    "b-v0": "no-bandwidth",
  });
  assert.equal(allocation.isOversending, true);
  const heavy = single("teacher", limits.oversendBps + 20_000);
  const dark = decide([heavy, camera("a")], watchesTeacher, { availableBps: 10_000 });
  assert.deepEqual([forwarded(dark), dark.isOversending], [[], false]);
});

test("where nothing fits, the first of them is to be tried: alone, at its least, and called so", () => {
  const heavy = [single("a", 2_600_000), single("b", 2_600_000)];
  const dark = decide(heavy, want(everything), { availableBps: 1_500_000 });
  assert.deepEqual([forwarded(dark), dark.toTry], [[], "a-v0"]);
  const trying = decide(heavy, want(everything), { availableBps: 1_500_000, isTrying: true });
  assert.deepEqual(verdicts(trying), { "a-v0": "trying", "b-v0": "no-bandwidth" });
  assert.deepEqual([trying.targetBps, trying.isOversending], [2_600_000, false]);
});

test("beside others, only what would not fit even if it were alone is to be tried; who oversends tries nothing", () => {
  const beside = decide([camera("a"), single("b", 2_600_000)], want(everything), { availableBps: 1_500_000 });
  assert.deepEqual([forwarded(beside), beside.toTry], [["a-v0"], "b-v0"]);
  assert.equal(decide(lesson, watchesTeacher, roomFor(340)).toTry, undefined);
  assert.equal(decide(lesson, watchesTeacher, { availableBps: 10_000, isTrying: true }).toTry, undefined);
});

test("a stage beyond what may be oversent is tried before anybody else", () => {
  const heavy = [camera("a"), single("teacher", 2_600_000)];
  const { sources, toTry } = decide(heavy, watchesTeacher, { availableBps: 200_000, isTrying: true });
  assert.deepEqual([toTry, sources[0]?.verdict], ["teacher-v0", "trying"]);
});

test("for any wishes: a trial is one picture at its least, and takes nothing from anybody", () => {
  everySeed((question, seed) => {
    const before = allocate(question);
    const trying = allocate({ ...question, isTrying: true });
    assert.equal(trying.toTry, before.toTry, `seed ${seed}`);
    for (const [index, one] of before.sources.entries())
      if (one.name !== before.toTry) assert.deepEqual(trying.sources[index], one, `seed ${seed}`);
      else assert.deepEqual([one.layer, trying.sources[index]?.verdict], [undefined, "trying"], `seed ${seed}`);
    const isDark = before.sources.every(({ layer }) => !layer);
    if (isDark && before.sources.some(({ verdict }) => verdict === "no-bandwidth"))
      assert.ok(before.toTry, `seed ${seed}`);
  });
});

test("an estimate that wavers by less than the margin takes nothing away and gives nothing new", () => {
  let present = new Map<string, { spatial: number; temporal: number }>();
  const seen = new Set<string>();
  const run = (kbps: number) => {
    const candidates = lesson.map((one) => ({ ...one, present: present.get(one.name) }));
    const allocation = decide(candidates, watchesTeacher, { availableBps: kbps * 1_000 });
    present = new Map(allocation.sources.flatMap(({ name, layer }) => (layer ? [[name, layer]] : [])));
    return JSON.stringify(layersOf(allocation));
  };
  for (let step = 0; step < 20; step += 1) run(700 * (step % 2 === 0 ? 1.06 : 0.94));
  for (let step = 0; step < 20; step += 1) seen.add(run(700 * (step % 2 === 0 ? 1.06 : 0.94)));
  assert.equal(seen.size, 1, [...seen].join());
});

test("after a fall more room is asked for before anything is raised, while what is there stays", () => {
  const cautious = decide(lesson, watchesTeacher, { ...roomFor(620), isCautious: true });
  assert.deepEqual(Object.values(layersOf(cautious)), ["1.1", "-", "-"]);
  const present = lesson.map((one) => ({ ...one, present: { spatial: one.owner === "teacher" ? 1 : 0, temporal: 2 } }));
  const kept = decide(present, watchesTeacher, { ...roomFor(720), isCautious: true });
  assert.deepEqual(Object.values(layersOf(kept)), ["1.2", "0.2", "0.2"]);
});

test("a fall is a size, a rate or a whole picture that bandwidth took away", () => {
  const [stage, other] = decide(lesson, watchesTeacher, roomFor(340)).sources;
  const [muted] = decide([camera("a", { isSending: false })]).sources;
  assert.ok(stage && other && muted);
  assert.equal(isFall({ spatial: 1, temporal: 2 }, stage), true);
  assert.equal(isFall({ spatial: 1, temporal: 1 }, stage), false);
  assert.equal(isFall({ spatial: 0, temporal: 0 }, other), true);
  assert.equal(isFall(undefined, other), false);
  assert.equal(isFall({ spatial: 0, temporal: 0 }, muted), false);
});

const names = ["a", "b", "c", "d", "e", "f", "g"];
const heights = [0, -1, 90, 180, 360, 720];
const videoTypes = [VideoType.CAMERA, VideoType.DESKTOP, VideoType.DESKTOP_HIGH_FPS];

function makeQuestion(random: Random): AllocationQuestion {
  const some = (chance: number) => names.filter(() => random.chance(chance)).map((name) => `${name}-v0`);
  const candidates = names.map((owner) => {
    const layering = { spatial: 1 + random.below(3), temporal: 1 + random.below(3) };
    const bitrates = Array.from({ length: layering.spatial }, (_, spatial) => {
      if (random.chance(0.2)) return undefined;
      let rate = 0;
      return Array.from({ length: layering.temporal }, () => {
        rate += random.below(200_000) * 2 ** spatial;
        return random.chance(0.1) ? 0 : rate;
      });
    });
    const present = random.chance(0.5) ? { spatial: random.below(3), temporal: random.below(3) } : undefined;
    const flow = { layering, bitrates };
    return camera(owner, { flow, present, isSending: random.chance(0.8), videoType: random.pick(videoTypes) });
  });
  const constraints = want({
    onStageSources: random.chance(0.6) ? some(0.2) : [],
    selectedSources: some(0.3),
    defaultConstraint: height(random.pick(heights), random.pick([-1, 5, 15, 30])),
    constraints: new Map(some(0.4).map((name) => [name, height(random.pick(heights))])),
  });
  return {
    candidates,
    constraints,
    speechOrder: names.filter(() => random.chance(0.5)),
    lastN: random.below(9) - 1,
    availableBps: random.below(3_000_000),
    isCautious: random.chance(0.3),
    isTrying: false,
  };
}

const everySeed = (check: (question: AllocationQuestion, seed: number) => void) => {
  for (let seed = 1; seed <= 2_000; seed += 1) check(makeQuestion(new Random(seed)), seed);
};

test("for any wishes: each source once, never more than last-N, layers that exist, nothing that was not wanted", () => {
  everySeed((question, seed) => {
    const { sources } = allocate(question);
    assert.deepEqual(sources.map(({ name }) => name).sort(), names.map((name) => `${name}-v0`).sort(), `seed ${seed}`);
    const shown = sources.filter(({ layer }) => layer);
    if (question.lastN >= 0) assert.ok(shown.length <= question.lastN, `seed ${seed}`);
    for (const { name, layer, ask, priority, wantedHeight } of sources) {
      const candidate = question.candidates.find((one) => one.name === name) as VideoCandidate;
      const { spatial, temporal } = candidate.flow.layering;
      assert.ok(ask.spatial < spatial && ask.temporal < temporal, `seed ${seed}`);
      assert.ok(!layer || (layer.spatial < spatial && layer.temporal < temporal), `seed ${seed}`);
      assert.ok(priority >= 1 && priority <= 255, `seed ${seed}`);
      assert.ok(!layer || (candidate.isSending && wantedHeight !== 0), `seed ${seed}`);
    }
  });
});

test("for any wishes: never above the bandwidth, but for the stage by no more than it may", () => {
  everySeed((question, seed) => {
    const { sources, targetBps, isOversending } = allocate(question);
    const sum = sources.reduce((total, { layer }) => total + (layer?.bitrateBps ?? 0), 0);
    assert.ok(Math.abs(sum - targetBps) < 1, `seed ${seed}: ${sum} and ${targetBps}`);
    const available = question.availableBps ?? 0;
    if (!isOversending) assert.ok(sum <= available + 1, `seed ${seed}`);
    else assert.ok(sum > available && sum <= available + limits.oversendBps + 1, `seed ${seed}`);
  });
});

test("for any wishes: a source on stage is never suspended while somebody else is shown", () => {
  everySeed((question, seed) => {
    const { sources, isOversending } = allocate(question);
    const stage = new Set(question.constraints.onStageSources);
    const isDark = sources.some(({ name, verdict }) => stage.has(name) && verdict === "no-bandwidth");
    const others = sources.filter(({ name, layer }) => layer && !stage.has(name));
    if (isDark || isOversending) assert.equal(others.length, 0, `seed ${seed}`);
  });
});

test("for any wishes: nobody is suspended while one who comes later is shown and takes as much", () => {
  everySeed((drawn, seed) => {
    const question = { ...drawn, candidates: drawn.candidates.map((one) => ({ ...one, present: undefined })) };
    const { sources } = allocate(question);
    const lowest = (name: string) => {
      const { sources: all } = allocate({ ...question, availableBps: undefined, lastN: -1 });
      return all.find((one) => one.name === name)?.idealBps ?? 0;
    };
    const suspended = sources.findIndex(({ verdict }) => verdict === "no-bandwidth");
    if (suspended < 0) return;
    const dear = lowest(sources[suspended]?.name ?? "");
    for (const { name, layer } of sources.slice(suspended + 1))
      assert.ok(!layer || layer.bitrateBps <= dear, `seed ${seed}: ${name}`);
  });
});

test("for any wishes: more bandwidth never takes away from the first on stage up to its preferred layer", () => {
  everySeed((question, seed) => {
    const [name] = question.constraints.onStageSources;
    const teacher = question.candidates.find((one) => one.name === name);
    if (!name || !teacher) return;
    const constraints = { ...question.constraints, onStageSources: [name] };
    const { steps, preferred } = makeLadder(teacher.flow, teacher.videoType, constraintOf(constraints, name));
    let before = -1;
    for (let kbps = 0; kbps <= 3_000; kbps += 150) {
      const { sources } = allocate({ ...question, constraints, availableBps: kbps * 1_000 });
      const layer = sources.find((one) => one.name === name)?.layer;
      const step = steps.findIndex((one) => one.spatial === layer?.spatial && one.temporal === layer.temporal);
      const reached = Math.min(step, preferred);
      assert.ok(reached >= before, `seed ${seed}: ${reached} after ${before} in ${kbps} kbit/s`);
      before = reached;
    }
  });
});

test("for any wishes: the same again, and where all have spoken, whatever order the sources came in", () => {
  everySeed((question, seed) => {
    assert.deepEqual(allocate(question), allocate(question), `seed ${seed}`);
    const talk = { ...question, speechOrder: names };
    assert.deepEqual(
      allocate({ ...talk, candidates: question.candidates.toReversed() }),
      allocate(talk),
      `seed ${seed}`,
    );
  });
});

test("of those who never spoke, who came first comes first", () => {
  assert.deepEqual(
    forwarded(
      decide(
        ["c", "a", "b"].map((owner) => camera(owner)),
        want({ lastN: 2 }),
      ),
    ),
    ["c-v0", "a-v0"],
  );
});

test("for any wishes: decided again and again for the same bandwidth it comes to rest", () => {
  everySeed((question, seed) => {
    let { candidates } = question;
    let before = "";
    for (let round = 0; round < 30; round += 1) {
      const allocation = allocate({ ...question, candidates });
      const now = JSON.stringify(layersOf(allocation));
      if (now === before) return;
      before = now;
      const present = new Map(allocation.sources.map(({ name, layer }) => [name, layer]));
      candidates = candidates.map((one) => ({ ...one, present: present.get(one.name) }));
    }
    assert.fail(`seed ${seed}`);
  });
});
