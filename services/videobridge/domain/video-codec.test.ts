import assert from "node:assert/strict";
import { test } from "node:test";
import { VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { camera } from "../testing/descriptions.ts";
import { readSources } from "./sources.ts";
import { readVideoCodec, scalabilityMode, spatialLayers, type VideoCodec, videoCodecs } from "./video-codec.ts";

test("a conference is of VP8 unless a codec is named; one that nobody has is refused with those there are", () => {
  assert.deepEqual(readVideoCodec(""), { ok: true, value: "VP8" });
  for (const codec of videoCodecs) assert.deepEqual(readVideoCodec(codec), { ok: true, value: codec });
  assert.deepEqual(readVideoCodec("H265"), {
    ok: false,
    reason: 'expected one of VP8, VP9, AV1, H264, found "H265"',
  });
});

test("one stream of VP9 or AV1 holds three sizes of a camera and one of a screen; of VP8 and H.264 it holds one size", () => {
  for (const codec of ["VP9", "AV1"] as const) {
    assert.equal(scalabilityMode(codec, false, VideoType.CAMERA), "L3T3_KEY");
    assert.equal(scalabilityMode(codec, true, VideoType.CAMERA), "L3T3_KEY");
    assert.equal(scalabilityMode(codec, false, VideoType.DESKTOP), "L1T3");
  }
  for (const codec of ["VP8", "H264"] as const) {
    assert.equal(scalabilityMode(codec, false, VideoType.CAMERA), undefined);
    assert.equal(scalabilityMode(codec, true, VideoType.CAMERA), codec === "VP8" ? "L1T3" : "L1T1");
  }
});

test("a receiver can be given as many sizes as there are simulcast streams or spatial layers", () => {
  assert.equal(spatialLayers([{ ssrc: 1 }]), 1);
  assert.equal(spatialLayers([{ ssrc: 1, scalabilityMode: "L3T3_KEY" }]), 3);
  assert.equal(spatialLayers([{ ssrc: 1, scalabilityMode: "L1T3" }]), 1);
  assert.equal(spatialLayers([1, 2, 3].map((ssrc) => ({ ssrc, scalabilityMode: "L1T3" }))), 3);
});

test("of the SSRCs that are named for simulcast of VP9 the first is taken: clients send all sizes in it", () => {
  const read = (codec: VideoCodec) => {
    const result = readSources("aaaa1111", [camera("aaaa1111")], [], new Set(), codec);
    assert.ok(result.ok);
    return result.value[0]?.encodings.map(({ ssrc, scalabilityMode }) => [ssrc, scalabilityMode]);
  };
  assert.deepEqual(read("VP9"), [[2001, "L3T3_KEY"]]);
  assert.equal(read("H264")?.length, 3);
});
