import assert from "node:assert/strict";
import { test } from "node:test";
import { between, snapshot } from "./measure.ts";

const names = new Map([
  ["2", "ann-v0"],
  ["1", "me-v0"],
]);

function reports(seconds: number): Record<string, unknown>[] {
  return [
    { id: "T", type: "transport", selectedCandidatePairId: "P" },
    {
      id: "P",
      type: "candidate-pair",
      localCandidateId: "L",
      bytesSent: 125_000 * seconds,
      bytesReceived: 250_000 * seconds,
      currentRoundTripTime: 0.042,
      availableOutgoingBitrate: 900_000,
    },
    { id: "L", type: "local-candidate", candidateType: "relay", protocol: "udp", relayProtocol: "tls" },
    { id: "C", type: "codec", mimeType: "video/VP8" },
    {
      id: "I",
      type: "inbound-rtp",
      mid: "2",
      codecId: "C",
      packetsReceived: 91 * seconds,
      packetsLost: 9 * seconds,
      framesDecoded: 30 * seconds,
      frameWidth: 640,
      frameHeight: 360,
      framesPerSecond: 29.7,
    },
    {
      id: "O1",
      type: "outbound-rtp",
      mid: "1",
      frameWidth: 320,
      frameHeight: 180,
      qualityLimitationReason: "bandwidth",
    },
    { id: "O2", type: "outbound-rtp", mid: "1", frameWidth: 1280, frameHeight: 720, qualityLimitationReason: "cpu" },
    { id: "R", type: "remote-inbound-rtp", fractionLost: 0.03 },
  ];
}

test("rates and losses are what happened between two looks", () => {
  const measure = between(snapshot(reports(10), names, 10_000), snapshot(reports(15), names, 15_000));
  assert.ok(measure);
  const { pictures, ...figures } = measure;
  assert.deepEqual(figures, {
    uploadKbps: 1000,
    downloadKbps: 2000,
    uploadLoss: 3,
    downloadLoss: 9,
    rttMs: 42,
    availableUploadKbps: 900,
    protocol: "tls",
    isRelayed: true,
  });
  assert.deepEqual(pictures.get("ann-v0"), { width: 640, height: 360, framesPerSecond: 30, codec: "VP8" });
  assert.equal(pictures.get("me-v0")?.height, 720);
});

test("what the browser believes to get out is of interest only where it limits our picture", () => {
  const free = (seconds: number) => reports(seconds).map((report) => ({ ...report, qualityLimitationReason: "none" }));
  const measure = between(snapshot(free(10), names, 10_000), snapshot(free(15), names, 15_000));
  assert.equal(measure?.availableUploadKbps, undefined);
});

test("a session that counts from nothing again gives no figures", () => {
  assert.equal(between(snapshot(reports(10), names, 10_000), snapshot(reports(1), names, 15_000)), undefined);
});

test("a browser that reports nothing breaks nothing", () => {
  const empty = snapshot([], names, 0);
  assert.equal(between(empty, snapshot([], names, 5000))?.downloadLoss, 0);
});
