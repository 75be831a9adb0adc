import assert from "node:assert/strict";
import { test } from "node:test";
import { clientTransport, nth } from "../testing/descriptions.ts";
import { observeReception, startReception } from "./connectivity.ts";
import { isExpired } from "./expiry.ts";
import { limits } from "./limits.ts";
import { judgeSender, type SenderConduct } from "./sender-conduct.ts";
import { announcementDelayMs } from "./sender-constraint.ts";
import { leave, silence, speak, speechOrder } from "./speakers.ts";
import { stressOf } from "./stress.ts";
import { fullBucket, take } from "./token-bucket.ts";
import { readFingerprints, readIceCredentials } from "./transport.ts";

test("a sender hears of a raise soon, of a fall late, of the first wish after nobody's at once", () => {
  assert.equal(announcementDelayMs(180, 720), 100);
  assert.equal(announcementDelayMs(720, -1), 100);
  assert.equal(announcementDelayMs(720, 180), 1_000);
  assert.equal(announcementDelayMs(-1, 720), 1_000);
  assert.equal(announcementDelayMs(0, 180), 0);
  assert.equal(announcementDelayMs(undefined, 180), 1_000);
  assert.equal(announcementDelayMs(180, 180), undefined);
});

test("the dominant speaker comes first, then who spoke before, ten at most, nobody twice", () => {
  const order = ["a", "b", "c", "a"].reduce(speak, silence);
  assert.deepEqual(speechOrder(order), ["a", "c", "b"]);
  const many = Array.from({ length: 20 }, (_, index) => `e${index}`).reduce(speak, silence);
  assert.equal(many.previous.length, 10);
  assert.deepEqual(leave(order, "a"), { dominant: undefined, previous: ["c", "b"] });
});

test("a bucket lets a burst through, then the rate, and what it refuses costs nothing", () => {
  const rate = { perSecond: 10, burst: 3 };
  let bucket = fullBucket(rate, 0);
  const grants: boolean[] = [];
  for (const at of [0, 0, 0, 0, 50, 100, 100]) {
    const [next, isGranted] = take(bucket, rate, 1, at);
    bucket = next;
    grants.push(isGranted);
  }
  assert.deepEqual(grants, [true, true, true, false, false, true, false]);
});

test("an endpoint is inactive after 8 s of silence, or 15 s without a first byte, and active again with the next", () => {
  const start = startReception(0);
  assert.equal(observeReception(start, 0, 14_999).isActive, true);
  assert.equal(observeReception(start, 0, 15_000).isActive, false);
  const heard = observeReception(start, 100, 1_000);
  assert.equal(observeReception(heard, 100, 8_999).isActive, true);
  const silent = observeReception(heard, 100, 9_000);
  assert.equal(silent.isActive, false);
  assert.equal(observeReception(silent, 101, 9_500).isActive, true);
});

test("stress is the worst of worker, Node and packets against what each may carry", () => {
  const idle = { workerCpuFraction: 0, nodeCpuFraction: 0, packetsPerSecond: 0, workers: 1 };
  assert.equal(stressOf(idle), 0);
  assert.equal(stressOf({ ...idle, workerCpuFraction: 0.9 }), 1);
  assert.equal(stressOf({ ...idle, nodeCpuFraction: 0.45 }), 0.5);
  assert.equal(stressOf({ ...idle, packetsPerSecond: 50_000, workers: 2 }), 0.5);
});

test("what nobody ends expires: endpoints unseen for a minute, conferences empty for 20 s", () => {
  assert.ok(!isExpired({ type: "endpoint", seenAt: 0 }, 59_999));
  assert.ok(isExpired({ type: "endpoint", seenAt: 0 }, 60_000));
  assert.ok(isExpired({ type: "conference", endpoints: 0, emptySince: 0 }, 20_000));
  assert.ok(!isExpired({ type: "conference", endpoints: 1, emptySince: 0 }, 99_999));
});

test("a sender is held back when it sends too much twice in a row, and let go when it keeps to it twice", () => {
  const calm = { bitsPerSecond: limits.senderBitsPerSecond, packetsPerSecond: limits.senderPacketsPerSecond };
  const flood = { bitsPerSecond: 0, packetsPerSecond: limits.senderPacketsPerSecond + 1 };
  const wide = { bitsPerSecond: limits.senderBitsPerSecond + 1, packetsPerSecond: 0 };
  const steps = [calm, wide, calm, flood, wide, calm, flood, calm, calm];
  const conducts: SenderConduct[] = ["good"];
  for (const load of steps) conducts.push(judgeSender(conducts.at(-1) ?? "good", load));
  assert.deepEqual(conducts.slice(1), [
    "good",
    "suspicious",
    "good",
    "suspicious",
    "held-back",
    "calming",
    "held-back",
    "calming",
    "good",
  ]);
});

test("a fingerprint is read in any case and by any hash of RFC 8122", () => {
  const transport = clientTransport();
  assert.deepEqual(readFingerprints(transport), {
    ok: true,
    value: [{ hash: "sha-256", value: Array(32).fill("AB").join(":") }],
  });
});

const spoilt: readonly [string, RegExp, (transport: ReturnType<typeof clientTransport>) => void][] = [
  ["no fingerprint", /at least one DTLS fingerprint/, (one) => one.fingerprints.splice(0)],
  ["too many fingerprints", /at most 8/, (one) => one.fingerprints.push(...Array(8).fill(one.fingerprints[0]))],
  ["an unknown hash", /by sha-256, found "md5"/, (one) => (nth(one.fingerprints).hash = "md5")],
  ["a hash from the prototype", /by sha-256/, (one) => (nth(one.fingerprints).hash = "constructor")],
  ["a short value", /32 hexadecimal pairs/, (one) => (nth(one.fingerprints).value = "AB:CD")],
  [
    "a value that is no hexadecimal",
    /hexadecimal/,
    (one) => (nth(one.fingerprints).value = Array(32).fill("ZZ").join(":")),
  ],
  [
    "a client that wants to be the server",
    /setup active, found "passive"/,
    (one) => (nth(one.fingerprints).setup = "passive"),
  ],
];
for (const [what, reason, spoil] of spoilt)
  test(`${what} is refused with the reason`, () => {
    const transport = clientTransport();
    spoil(transport);
    const result = readFingerprints(transport);
    assert.ok(!result.ok && reason.test(result.reason));
  });

test("no transport at all is refused", () => assert.equal(readFingerprints(undefined).ok, false));

test("a client's ICE credentials are read; where there are none, none are needed", () => {
  const { ufrag, pwd } = clientTransport();
  assert.deepEqual(readIceCredentials(clientTransport()), { ok: true, value: { ufrag, pwd } });
  assert.deepEqual(readIceCredentials({ ...clientTransport(), pwd: "" }), { ok: true, value: undefined });
});

for (const [what, pwd] of [
  ["that are too long", "a".repeat(257)],
  ["of other characters", "ice:another:client"],
] as const)
  test(`ICE credentials ${what} are refused with the reason`, () => {
    const result = readIceCredentials({ ...clientTransport(), pwd });
    assert.ok(!result.ok && /at most 256 letters, digits/.test(result.reason));
  });
