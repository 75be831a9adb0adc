import assert from "node:assert/strict";
import { test } from "node:test";
import { formatOf } from "./format.ts";

const settings = {
  JIBRI_RECORDING_RESOLUTION: "1280x720",
  JIBRI_RECORDING_FRAMERATE: 25,
  JIBRI_RECORDING_CONSTANT_RATE_FACTOR: 25,
  JIBRI_RECORDING_STREAMING_MAX_BITRATE: 2_976,
};

test("the usual composite", () => {
  const usual = { width: 1280, height: 720, framesPerSecond: 25, bitrateBps: 1_800_000, codec: "avc1.4d001f" };
  assert.deepEqual(formatOf(settings, { isLive: false }), usual);
});

test("a rate factor of six less doubles the bitrate, which is bounded while it goes live", () => {
  const finer = { ...settings, JIBRI_RECORDING_CONSTANT_RATE_FACTOR: 19 };
  assert.equal(formatOf(finer, { isLive: false }).bitrateBps, 3_600_000);
  assert.equal(formatOf(finer, { isLive: true }).bitrateBps, 2_976_000);
});

test("the level is enough for the picture, whose sides are even", () => {
  const formatAt = (resolution: string, rate: number) =>
    formatOf(
      { ...settings, JIBRI_RECORDING_RESOLUTION: resolution, JIBRI_RECORDING_FRAMERATE: rate },
      { isLive: false },
    );
  assert.equal(formatAt("1920x1080", 30).codec, "avc1.4d0028");
  assert.equal(formatAt("1920x1080", 60).codec, "avc1.4d002a");
  assert.equal(formatAt("3840x2160", 30).codec, "avc1.4d0033");
  assert.deepEqual([formatAt("853x481", 25).width, formatAt("853x481", 25).height], [852, 480]);
});
