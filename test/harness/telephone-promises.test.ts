import assert from "node:assert/strict";
import { test } from "node:test";
import type { SittingFact } from "./event-promises.ts";
import { callFaults } from "./telephone-promises.ts";

const fact = (name: string, seq: number, call = "c1"): SittingFact => ({
  name,
  session: "s",
  seq,
  epoch: 0,
  body: { call },
});

test("a call that came by way of no sitting, was heard and has ended keeps every promise", () => {
  const facts = [fact("sip.call-started", 4), fact("sip.dtmf", 5), fact("sip.call-ended", 6)];
  assert.deepEqual(callFaults(facts, true), []);
});

test("two ends, two starts, a number that falls and an end that never came are faults", () => {
  const twice = [fact("sip.call-started", 1), fact("sip.call-started", 2), fact("sip.call-ended", 3)];
  assert.deepEqual(callFaults(twice, true), ["call c1: started 2 times"]);
  const ended = [fact("sip.call-ended", 2), fact("sip.call-ended", 2)];
  assert.deepEqual(callFaults(ended, true), [
    "call c1: seq 2 (sip.call-ended) after 2",
    "call c1: sip.call-ended came after sip.call-ended",
  ]);
  assert.deepEqual(callFaults([fact("sip.call-started", 1)], true), ["call c1: sip.call-ended never came"]);
  assert.deepEqual(callFaults([fact("sip.call-started", 1)], false), []);
});
