import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { TurnEnd } from "./turn-end.ts";

test("what was gathered is flushed after the turn, answers before copies", async () => {
  const order: string[] = [];
  const turnEnd = new TurnEnd();
  const named = (name: string) => ({ flush: () => void order.push(name) });
  turnEnd.add(named("copy"));
  turnEnd.addFirst(named("answer"));
  assert.deepEqual(order, []);
  await turn();
  assert.deepEqual(order, ["answer", "copy"]);
});

test("an answer leaves before the next input is looked at, after what was to be kept first", async () => {
  const order: string[] = [];
  const turnEnd = new TurnEnd();
  setImmediate(() => order.push("input"));
  const keep = async () => {
    await Promise.resolve();
    await Promise.resolve();
    order.push("record");
  };
  turnEnd.addFirst({ flush: () => void order.push("answer") });
  await keep();
  await turn();
  assert.deepEqual(order, ["record", "answer", "input"]);
});

test("copies for a full room are flushed in slices, and an answer asked for meanwhile does not wait for all of them", async () => {
  const order: string[] = [];
  const turnEnd = new TurnEnd();
  const spin = () => {
    for (const end = performance.now() + 1; performance.now() < end; );
    order.push("copy");
  };
  for (let member = 0; member < 64; member++) turnEnd.add({ flush: spin });
  await turn();
  const flushedAtFirst = order.length;
  assert.ok(flushedAtFirst < 64, `${flushedAtFirst} of 64 in one turn`);
  turnEnd.addFirst({ flush: () => void order.push("answer") });
  while (order.length < 65) await turn();
  assert.equal(order.indexOf("answer"), flushedAtFirst);
});
