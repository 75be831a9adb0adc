import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { MediaKind, type Source, SourceSchema, VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { camera, microphone } from "../testing/descriptions.ts";
import { Random } from "../testing/random.ts";
import { limits } from "./limits.ts";
import { describeFeedback, describeReceived, isSameSource, readSources } from "./sources.ts";

const none = new Set<number>();
const read = (...sources: Source[]) => readSources("aaaa1111", sources, [], none, "VP8");

test("simulcast layers come in the order of the SIM group, each with its retransmissions", () => {
  const result = read(camera("aaaa1111"));
  assert.ok(result.ok);
  assert.deepEqual(result.value[0]?.encodings, [
    { ssrc: 2001, rtx: { ssrc: 3001 }, scalabilityMode: "L1T3" },
    { ssrc: 2002, rtx: { ssrc: 3002 }, scalabilityMode: "L1T3" },
    { ssrc: 2003, rtx: { ssrc: 3003 }, scalabilityMode: "L1T3" },
  ]);
});

test("without simulcast there is one layer: the primary of the FID group", () => {
  const source = create(SourceSchema, {
    name: "aaaa1111-v1",
    kind: MediaKind.VIDEO,
    ssrcs: [8, 7],
    groups: [{ semantics: "FID", ssrcs: [7, 8] }],
  });
  const result = read(source);
  assert.ok(result.ok);
  assert.deepEqual(result.value[0]?.encodings, [{ ssrc: 7, rtx: { ssrc: 8 } }]);
  assert.equal(result.value[0]?.videoType, VideoType.CAMERA);
});

test("a receiver is told one primary, one retransmission, and whose it is", () => {
  const result = read(camera("aaaa1111"));
  assert.ok(result.ok && result.value[0]);
  assert.deepEqual(describeReceived(result.value[0], { ssrc: 500, rtxSsrc: 501 }), {
    name: "aaaa1111-v0",
    owner: "aaaa1111",
    kind: MediaKind.VIDEO,
    videoType: VideoType.CAMERA,
    msid: "aaaa1111-video-0-1 track",
    ssrcs: [500, 501],
    groups: [{ semantics: "FID", ssrcs: [500, 501] }],
  });
  assert.equal(describeFeedback("video", 123456789).msid, "mixedmslabel mixedlabelvideo0");
});

const group = (semantics: string, ...ssrcs: number[]) =>
  create(SourceSchema, { groups: [{ semantics, ssrcs }] }).groups[0] as Source["groups"][number];
const spoilt: readonly [string, RegExp, (source: Source) => void][] = [
  ["no SSRC", /at least one SSRC/, (one) => one.ssrcs.splice(0)],
  ["SSRC 0", /SSRCs of 1 to 4294967295, found 0/, (one) => (one.ssrcs[5] = 0)],
  ["an SSRC twice", /there twice/, (one) => (one.ssrcs[5] = one.ssrcs[0] as number)],
  ["a name of another owner", /expected a source name like aaaa1111-v0/, (one) => (one.name = "bbbb2222-v0")],
  ["a name of another kind", /another kind/, (one) => (one.name = "aaaa1111-a0")],
  ["a name that goes on", /expected a source name/, (one) => (one.name = "aaaa1111-v0\n")],
  ["a name without end", /at most 64 characters/, (one) => (one.name = `aaaa1111-v${"0".repeat(100)}`)],
  ["another's owner", /expected owner aaaa1111/, (one) => (one.owner = "bbbb2222")],
  ["an endless msid", /msid of at most/, (one) => (one.msid = "x".repeat(limits.msidLength + 1))],
  ["no kind", /audio or video/, (one) => (one.kind = 0)],
  ["a group with a foreign SSRC", /names an SSRC it lacks/, (one) => one.groups.push(group("FID", 1, 2))],
  ["a FID group of three", /2 SSRCs in a FID group/, (one) => one.groups.push(group("FID", 2001, 2002, 2003))],
  ["an SSRC in two FID groups", /two FID groups/, (one) => one.groups.push(group("FID", 2001, 2002))],
  ["two SIM groups", /at most one SIM group/, (one) => one.groups.push(group("SIM", 2001))],
  ["an empty SIM group", /1 to 4 SSRCs in a SIM/, (one) => (one.groups[0] = group("SIM"))],
  ["five layers", /1 to 4 SSRCs in a SIM/, (one) => (one.groups[0] = group("SIM", 2001, 2002, 2003, 3001, 3002))],
  ["an SSRC twice in SIM", /twice in its SIM/, (one) => (one.groups[0] = group("SIM", 2001, 2001))],
  [
    "a layer that is a retransmission",
    /both a simulcast layer and/,
    (one) => (one.groups[0] = group("SIM", 2001, 3001)),
  ],
];
for (const [what, reason, spoil] of spoilt)
  test(`${what} is refused with the reason`, () => {
    const source = camera("aaaa1111");
    spoil(source);
    const result = read(source);
    assert.ok(!result.ok, "accepted");
    assert.match(result.reason, reason);
  });

test("SSRCs are one endpoint's own affair: its others and what the bridge sends to it may not be taken again", () => {
  const clash = read(microphone("aaaa1111", 2001), camera("aaaa1111", 2001));
  assert.ok(!clash.ok && /another source's already/.test(clash.reason));
  const reserved = readSources("aaaa1111", [microphone("aaaa1111", 5)], [], new Set([5]), "VP8");
  assert.ok(!reserved.ok && /one that the bridge sends/.test(reserved.reason));
  const present = read(microphone("aaaa1111"));
  assert.ok(present.ok);
  const again = readSources("aaaa1111", [microphone("aaaa1111", 9)], present.value, none, "VP8");
  assert.ok(!again.ok && /is there already/.test(again.reason));
});

test("nobody sends more than 20 sources, 20 SSRCs, 20 groups", () => {
  const microphones = Array.from({ length: 21 }, (_, index) =>
    create(SourceSchema, { name: `aaaa1111-a${index}`, kind: MediaKind.AUDIO, ssrcs: [index + 1] }),
  );
  assert.ok(read(...microphones.slice(0, 20)).ok);
  const sources = read(...microphones);
  assert.ok(!sources.ok && /at most 20 sources/.test(sources.reason));
  const cameras = [0, 1, 2, 3].map((index) => camera("aaaa1111", 10_000 * (index + 1), index));
  assert.ok(read(...cameras.slice(0, 3)).ok);
  const ssrcs = read(...cameras);
  assert.ok(!ssrcs.ok && /at most 20 SSRCs/.test(ssrcs.reason));
  const grouped = create(SourceSchema, { ...camera("aaaa1111"), groups: Array(21).fill(group("FEC-FR", 2001)) });
  assert.ok(!read(grouped).ok);
});

test("a repeated request is recognised by name and SSRCs", () => {
  const result = read(camera("aaaa1111"));
  assert.ok(result.ok && result.value[0]);
  assert.ok(isSameSource(result.value[0], camera("aaaa1111")));
  assert.ok(!isSameSource(result.value[0], camera("aaaa1111", 2101)));
});

test("whatever is accepted has encodings that the media engine takes: known, distinct SSRCs", () => {
  for (let seed = 1; seed <= 5_000; seed += 1) {
    const random = new Random(seed);
    const ssrc = () => random.pick([0, 1, 2, 3, 4, 5, 6, 7, 8, 4294967295]);
    const list = (most: number): number[] => Array.from({ length: random.below(most) }, ssrc);
    const source = create(SourceSchema, {
      name: random.pick(["aaaa1111-v0", "aaaa1111-a0", "aaaa1111-v1", "x", ""]),
      owner: random.pick(["aaaa1111", "", "x"]),
      kind: random.pick([MediaKind.UNSPECIFIED, MediaKind.AUDIO, MediaKind.VIDEO]),
      ssrcs: list(9),
      groups: Array.from({ length: random.below(4) }, () => group(random.pick(["SIM", "FID", "x"]), ...list(4))),
    });
    const result = read(source);
    if (!result.ok) continue;
    for (const { ssrcs, encodings } of result.value) {
      const used = encodings.flatMap((one) => (one.rtx ? [one.ssrc, one.rtx.ssrc] : [one.ssrc]));
      assert.ok(used.length > 0, `seed ${seed}`);
      assert.equal(new Set(used).size, used.length, `seed ${seed}: ${used}`);
      assert.ok(
        used.every((one) => one > 0 && ssrcs.includes(one)),
        `seed ${seed}: ${used}`,
      );
    }
  }
});
