import assert from "node:assert/strict";
import { test } from "node:test";
import { endpointStatsMessage, readEndpointStats } from "./endpoint-stats.ts";

const stats = {
  quality: 63,
  uploadKbps: 900,
  downloadKbps: 2400,
  uploadLoss: 9,
  downloadLoss: 1,
  rttMs: 80,
  region: "spb",
};

test("what is told of a line is read as it was meant", () => {
  const message = endpointStatsMessage(stats) as Record<string, unknown>;
  assert.equal(message.colibriClass, "EndpointStats");
  assert.deepEqual(readEndpointStats(message), stats);
});

test("nonsense counts as missing, and figures stay within what they can be", () => {
  assert.deepEqual(
    readEndpointStats({
      connectionQuality: "x",
      packetLoss: { upload: 900, download: -3 },
      bitrate: null,
      jvbRTT: Number.NaN,
      serverRegion: 7,
    }),
    { quality: 100, uploadKbps: 0, downloadKbps: 0, uploadLoss: 100, downloadLoss: 0, rttMs: undefined, region: "" },
  );
});
