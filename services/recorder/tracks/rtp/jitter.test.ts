import assert from "node:assert/strict";
import { test } from "node:test";
import { Jitter } from "./jitter.ts";

const rules = { waitMs: 100, askAgainMs: 20, packets: 50 };

/** A jitter buffer, and what comes out of it: sequence numbers, and how many were lost as "-n". */
function open(given = rules) {
  const out: (number | string)[] = [];
  const asked: number[][] = [];
  const jitter = new Jitter(given, {
    take: ({ packet }) => out.push(packet.sequence),
    lose: (count) => out.push(`-${count}`),
    ask: (sequences) => asked.push([...sequences]),
  });
  const push = (at: number, ...sequences: number[]) => {
    for (const sequence of sequences) {
      const packet = { payloadType: 100, marker: false, sequence, timestamp: 0, ssrc: 1, payload: Buffer.alloc(1) };
      jitter.push({ packet, at });
    }
  };
  return { jitter, out, asked, push };
}

test("packets come out in order, each once, also where numbers begin again", () => {
  const { out, push } = open();
  push(0, 65_534, 65_535, 1, 0, 0, 3, 2, 65_535, 4);
  assert.deepEqual(out, [65_534, 65_535, 0, 1, 2, 3, 4]);
});

test("a missing packet is asked for, again and again, and what follows waits for it", () => {
  const { jitter, out, asked, push } = open();
  push(0, 1, 2, 5, 6);
  assert.deepEqual(out, [1, 2]);
  for (const now of [0, 10, 20, 30, 40]) jitter.tick(now);
  assert.deepEqual(
    asked,
    [
      [3, 4],
      [3, 4],
    ].slice(0, asked.length),
  );
  assert.ok(asked.length >= 2);
  push(45, 3);
  assert.deepEqual(out, [1, 2, 3]);
  push(50, 4);
  assert.deepEqual(out, [1, 2, 3, 4, 5, 6]);
  assert.equal(jitter.isWaiting, false);
});

test("it is not waited for longer than that, one gap after the other", () => {
  const { jitter, out, push } = open();
  push(0, 1, 3);
  push(60, 6);
  jitter.tick(99);
  assert.deepEqual(out, [1]);
  jitter.tick(100);
  assert.deepEqual(out, [1, "-1", 3]);
  jitter.tick(160);
  assert.deepEqual(out, [1, "-1", 3, "-2", 6]);
  push(170, 2, 4);
  assert.deepEqual(out.length, 5, "too late");
});

test("what waits is bounded", () => {
  const { out, push } = open({ ...rules, packets: 3 });
  push(0, 1, 3, 4, 5);
  assert.deepEqual(out, [1]);
  push(0, 6);
  assert.deepEqual(out, [1, "-1", 3, 4, 5, 6]);
});

test("a sender that begins anew elsewhere is followed", () => {
  const { out, push } = open();
  push(0, 10, 12, 30_000, 30_001);
  assert.deepEqual(out, [10, "-1", 12, 30_000, 30_001]);
});

test("random orders within the bound come out sorted", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    let state = seed;
    const random = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const { jitter, out, push } = open();
    const order = Array.from({ length: 300 }, (_, index) => ({ index, key: index + random() * 20 }));
    push(0, 65_400);
    for (const { index } of order.toSorted((a, b) => a.key - b.key)) push(0, (65_401 + index) & 0xffff);
    jitter.flush();
    const all = Array.from({ length: 301 }, (_, index) => (65_400 + index) & 0xffff);
    assert.deepEqual(out, all, `seed ${seed}`);
  }
});
