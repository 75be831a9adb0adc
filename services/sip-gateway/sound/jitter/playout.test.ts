import assert from "node:assert/strict";
import { test } from "node:test";
import type { Decoder } from "../codecs/codec.ts";
import { soundLimits } from "../limits.ts";
import { Arrivals } from "./arrivals.ts";
import { Playout } from "./playout.ts";

/** A packet holds its number, said 160 times; what is made up is −1. */
function open() {
  const decoder: Decoder = {
    rateHz: 8_000,
    decode: (payload) => {
      if (payload[0] === 255) throw new Error("no sound");
      return new Float32Array((payload[1] ?? 0) * 80).fill((payload[0] ?? 0) / 100);
    },
    conceal: (samples) => new Float32Array(samples).fill(-1),
    close() {},
  };
  const counts = { lost: 0, concealed: 0, late: 0, spoilt: 0 };
  const playout = new Playout(decoder, counts);
  const arrivals = new Arrivals(1, 8_000);
  let now = 0;
  return {
    counts,
    playout,
    arrivals,
    /** `tens`: of ms in the packet. */
    push: (sequence: number, said = sequence, tens = 2) => {
      arrivals.hear(sequence & 0xffff, sequence * tens * 80, now);
      playout.push(sequence & 0xffff, Uint8Array.of(said % 100, tens));
    },
    at: (ms: number) => {
      now = ms;
    },
    /** What is said in the next 20 ms; undefined: nobody speaks. */
    pull: (hasSkipped = false) => {
      const frame = playout.pull(arrivals.lateMs, hasSkipped);
      return frame && Math.round((frame[0] ?? 0) * 100);
    },
  };
}

/** Packets as `when` has them come, and what is heard from 10 ms on. */
function run(from: number, ticks: number, when: (sequence: number) => readonly number[], tens = 2) {
  const scene = open();
  const due = Array.from({ length: Math.ceil((ticks * 2) / tens) }, (_, index) => from + index)
    .flatMap((sequence) => when(sequence).map((ms) => ({ sequence, ms })))
    .sort((a, b) => a.ms - b.ms);
  const heard: (number | undefined)[] = [];
  for (let tick = 0; tick < ticks; tick += 1) {
    for (; due[0] && due[0].ms <= tick * 20 + 10; due.shift()) {
      scene.at(due[0].ms);
      scene.push(due[0].sequence, due[0].sequence - from + 1, tens);
    }
    scene.at(tick * 20 + 10);
    heard.push(scene.pull());
  }
  return { ...scene, heard };
}

const inTurn = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

test("what comes regularly is heard in order with the next frame, also where numbers begin again", () => {
  const { heard, counts } = run(65_530, 30, (sequence) => [(sequence - 65_530) * 20]);
  // The first frame has 10 ms of waiting, that the first packet came before its tick.
  assert.deepEqual(
    heard.slice(1, 30).map((said) => said ?? 0),
    inTurn(29),
  );
  assert.deepEqual(counts, { lost: 0, concealed: 0, late: 0, spoilt: 0 });
});

test("packets that come twice or in the wrong order are heard once, in order", () => {
  const { heard, counts } = run(100, 40, (sequence) => {
    const at = (sequence - 100) * 20;
    return sequence === 110 ? [at + 25] : sequence === 120 ? [at, at + 1, at + 300] : [at];
  });
  const said = heard.filter((one) => one !== undefined && one > 0);
  assert.deepEqual(
    said,
    [...new Set(said)].sort((a, b) => (a ?? 0) - (b ?? 0)),
  );
  assert.ok(said.includes(11) && said.includes(21));
  assert.equal(counts.late, 2);
  assert.equal(counts.lost, 0);
});

test("with 20 % lost each lost packet is made up for once, and the others are all heard", () => {
  const { heard, counts } = run(0, 500, (sequence) => (sequence % 5 === 3 ? [] : [sequence * 20]));
  assert.ok(Math.abs(counts.lost - 100) <= 2, `${counts.lost} lost`);
  assert.ok(Math.abs(counts.concealed - 100) <= 5, `${counts.concealed} made up`);
  const said = heard.filter((one) => one !== undefined && one > 0).length;
  assert.ok(said >= 395, `${said} heard`);
});

test("packets of 10 to 60 ms are heard without gaps", () => {
  for (const tens of [1, 2, 3, 4, 6]) {
    const { heard, counts } = run(0, 120, (sequence) => [sequence * tens * 10], tens);
    const firstAt = heard.findIndex((one) => one !== undefined);
    assert.ok(firstAt < 3 && heard.slice(firstAt).every((one) => one !== undefined), `${tens}0 ms`);
    assert.deepEqual([counts.lost, counts.concealed, counts.late], [0, 0, 0], `${tens}0 ms`);
  }
});

test("the buffer grows at once where packets come late, and shrinks again in silence", () => {
  const scene = open();
  let sequence = 0;
  const tick = (at: number, jitter: number): void => {
    scene.at(at);
    if (jitter > 0 && sequence % 4 !== 3) {
      // Four come at a time.
    } else for (let count = jitter > 0 ? 4 : 1; count > 0; count -= 1) scene.push(sequence - count + 1, 0);
    sequence += 1;
    scene.at(at + 10);
    scene.pull();
  };
  for (let at = 0; at < 2_000; at += 20) tick(at, 0);
  const small = scene.playout.waitingMs;
  for (let at = 2_000; at < 4_000; at += 20) tick(at, 1);
  const made = scene.counts.concealed;
  for (let at = 4_000; at < 8_000; at += 20) tick(at, 1);
  assert.ok(scene.counts.concealed - made <= 1, "once it has grown nothing is made up any more");
  assert.ok(scene.arrivals.lateMs >= 50);
  for (let at = 8_000; at < 40_000; at += 20) tick(at, 0);
  assert.ok(scene.playout.waitingMs <= small + 20, `${scene.playout.waitingMs} after ${small}`);
});

/** Of a line that is bad for a while and then good: how much waits when another frame is taken. `said`: 0 is quiet. */
function waitAfter(badMs: number, goodMs: number, phaseMs: number, said: number): number {
  const scene = open();
  const arrivals = Array.from({ length: (badMs + goodMs) / 20 }, (_, sequence) => {
    const sentAt = sequence * 20 + phaseMs;
    return { sequence, at: sentAt + (sentAt < badMs ? (sequence * 37) % 80 : sequence % 2) };
  }).sort((a, b) => a.at - b.at);
  let most = 0;
  for (let at = 20; at <= badMs + goodMs; at += 20) {
    for (; arrivals[0] && arrivals[0].at <= at; arrivals.shift()) {
      scene.at(arrivals[0].at);
      scene.push(arrivals[0].sequence, said);
    }
    scene.at(at);
    scene.pull();
    if (at > badMs + goodMs - 1_000) most = Math.max(most, scene.playout.waitingMs);
  }
  return most;
}

test("a good line's sound waits 10 ms beside its packet, also when it was bad before", () => {
  for (const phase of [1, 7, 13, 18]) {
    assert.ok(waitAfter(0, 20_000, phase, 0) <= 10, `${waitAfter(0, 20_000, phase, 0)} ms, good all along`);
    assert.ok(waitAfter(8_000, 20_000, phase, 0) <= 10, `${waitAfter(8_000, 20_000, phase, 0)} ms after a bad time`);
    assert.ok(waitAfter(0, 20_000, phase, 90) <= 10, "while somebody speaks without a pause");
    assert.ok(waitAfter(8_000, 20_000, phase, 90) <= 50, "and not far too long after a bad time");
  }
});

test("with clocks that differ a frame is made up for each frame that the other is behind, and none where it is ahead", () => {
  for (const period of [19.998, 20.002, 20.02]) {
    const scene = open();
    let sequence = 0;
    for (let at = 10; at < 120_000; at += 20) {
      for (; sequence * period <= at; sequence += 1) {
        scene.at(sequence * period);
        scene.push(sequence, sequence % 150 < 100 ? 90 : 0);
      }
      scene.at(at);
      scene.pull();
    }
    const behind = Math.max(0, (120_000 / 20) * (period - 20)) / 20;
    assert.ok(scene.counts.concealed <= Math.ceil(behind), `${period}: ${scene.counts.concealed} made up`);
    assert.ok(scene.playout.waitingMs <= 40, `${period}: ${scene.playout.waitingMs} ms`);
  }
});

test("one standstill of half a second is forgotten within seconds, also while somebody speaks", () => {
  const scene = open();
  for (let sequence = 0; sequence < 1_000; sequence += 1) {
    const stalled = sequence >= 100 && sequence < 125;
    scene.at(stalled ? 2_500 : sequence * 20);
    scene.push(sequence, 99);
    scene.at(stalled ? 2_500 : sequence * 20 + 10);
    if (!stalled) scene.pull();
    if (sequence === 130) assert.ok(scene.playout.waitingMs > 100, "what came at once waits");
    if (sequence === 600) assert.ok(scene.playout.waitingMs <= 80, `${scene.playout.waitingMs} ms ten seconds later`);
  }
  assert.ok(scene.counts.concealed <= 6);
});

test("what came while nobody asked is left out where it is quiet, and nothing waits longer for it", () => {
  const scene = open();
  for (let sequence = 0; sequence < 200; sequence += 1) {
    scene.at(sequence * 20);
    scene.push(sequence, sequence < 100 ? 90 : 0);
    scene.at(sequence * 20 + 10);
    const stoodStill = sequence > 100 && sequence < 115;
    if (!stoodStill) scene.pull(sequence === 115);
    if (sequence === 118) assert.ok(scene.playout.waitingMs <= 30, `${scene.playout.waitingMs} ms`);
  }
  assert.deepEqual([scene.counts.concealed, scene.counts.lost], [0, 0]);
});

test("what was read late because nobody read is no reason to wait longer", () => {
  const arrivals = new Arrivals(1, 8_000);
  for (let sequence = 0; sequence < 500; sequence += 1) {
    const isLate = sequence % 50 < 20;
    arrivals.hear(sequence, sequence * 160, isLate ? undefined : sequence * 20);
  }
  assert.equal(arrivals.lateMs, 0);
  assert.equal(arrivals.jitterMs, 0);
  assert.equal(arrivals.report(20_000)?.lost, 0);
});

test("clocks that differ by 0.1 % never make it wait longer and longer", () => {
  for (const period of [19.98, 20.02]) {
    const scene = open();
    let sequence = 0;
    for (let at = 0; at < 300_000; at += 20) {
      for (; sequence * period <= at; sequence += 1) {
        scene.at(sequence * period);
        scene.push(sequence, 0);
      }
      scene.at(at + 10);
      scene.pull();
    }
    assert.ok(scene.playout.waitingMs < 100, `${period}: ${scene.playout.waitingMs} ms`);
    assert.ok(scene.counts.concealed < 40, `${period}: ${scene.counts.concealed} made up`);
  }
});

test("who stops is silent after 100 ms, and is heard again at once", () => {
  const { heard, counts } = run(0, 100, (sequence) => (sequence >= 20 && sequence < 60 ? [] : [sequence * 20]));
  assert.equal(heard[40], undefined);
  assert.ok(heard.slice(62, 99).every((one) => one !== undefined && one > 0));
  assert.ok(counts.concealed <= 6);
});

test("a jump of numbers or of time begins anew, and what can't be decoded is made up for", () => {
  const scene = open();
  for (let sequence = 0; sequence < 10; sequence += 1) {
    scene.at(sequence * 20);
    scene.push(sequence);
    scene.pull();
  }
  scene.at(200);
  scene.push(40_000, 77);
  scene.arrivals.hear(40_001, 4_000_000_000, 201);
  assert.ok([scene.pull(), scene.pull()].includes(77));
  assert.ok(scene.arrivals.lateMs < 100, "a clock that was set is not a late packet");
  scene.playout.push(40_001, Uint8Array.of(255));
  scene.playout.push(40_002, Uint8Array.of(5, 2));
  scene.pull();
  scene.pull();
  assert.equal(scene.counts.spoilt, 1);
});

test("what waits is bounded, whatever comes", () => {
  const scene = open();
  for (let sequence = 0; sequence < 5_000; sequence += 2) scene.push(sequence);
  assert.ok(scene.playout.waitingMs <= soundLimits.waitingPackets * 20);
});

test("reports say what was lost, how much of it lately, and the jitter", () => {
  const arrivals = new Arrivals(9, 8_000);
  for (let sequence = 65_530; sequence < 65_580; sequence += 1)
    if (sequence % 5 !== 0) arrivals.hear(sequence & 0xffff, sequence * 160, sequence * 20 + (sequence % 2) * 8);
  arrivals.hearSenderReport(77, 1_000);
  const report = arrivals.report(2_000);
  assert.ok(report && report.ssrc === 9 && report.highest === 65_579 && report.lost === 9);
  assert.ok(report.fractionLost > 40 && report.fractionLost < 60, `${report.fractionLost} of 256`);
  assert.ok((report.jitter ?? 0) > 30 && (report.jitter ?? 0) < 70, `${report.jitter}`);
  assert.deepEqual([report.lastReport, report.delay], [77, 65_536]);
  assert.equal(arrivals.report(3_000)?.fractionLost, 0);
});
