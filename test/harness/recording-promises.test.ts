import assert from "node:assert/strict";
import { test } from "node:test";
import type { SittingFact } from "./event-promises.ts";
import { jobFaults, recorderFaults } from "./recording-promises.ts";

type Step = readonly [name: string, fields?: Record<string, unknown>];

const facts = (...steps: readonly Step[]): SittingFact[] =>
  steps.map(([name, fields = {}], index) => {
    const { seq = index + 1, ...body } = { recording: "r", stream: "s", ...fields } as Record<string, unknown>;
    return { name, session: "x", seq: Number(seq), epoch: 0, body };
  });

test("a recording that is requested, starts, stops and is available keeps the promises", () => {
  const whole = facts(
    ["recording.requested"],
    ["recording.queued"],
    ["recording.started"],
    ["recording.segment-stored", { seq: 1, durationSeconds: 60 }],
    ["recording.stopped"],
    ["recording.segment-stored", { seq: 2, durationSeconds: 61 }],
    ["recording.available", { seq: 3 }],
    ["recording.deleted", { seq: 4 }],
  );
  assert.deepEqual([...jobFaults(whole, true), ...recorderFaults(whole)], []);
});

test("a job that nobody asked for, starts twice, goes on after its end or never ends is told", () => {
  assert.match(jobFaults(facts(["stream.started"]), false).join(), /nobody requested/);
  const twice = facts(["recording.requested"], ["recording.started"], ["recording.started"]);
  assert.match(jobFaults(twice, false).join(), /started twice/);
  const after = facts(["stream.requested"], ["stream.failed"], ["stream.retrying"]);
  assert.match(jobFaults(after, false).join(), /which had ended/);
  assert.match(jobFaults(facts(["recording.requested"]), true).join(), /never ended/);
  assert.deepEqual(jobFaults(facts(["recording.requested"]), false), []);
});

test("a recorder's numbers run within the recording, and nothing stored is lost", () => {
  const stored = (seq: number, durationSeconds: number, recording = "r"): Step => [
    "recording.segment-stored",
    { seq, durationSeconds, recording },
  ];
  assert.deepEqual(recorderFaults(facts(stored(1, 5), stored(1, 5, "other"), stored(2, 9))), []);
  assert.match(recorderFaults(facts(stored(1, 5), stored(3, 9))).join(), /seq 3 .* where 2 was due/);
  assert.match(recorderFaults(facts(stored(1, 9), stored(2, 5))).join(), /stored fell from 9 to 5 s/);
  const late = facts(["recording.deleted", { seq: 1 }], ["recording.available", { seq: 2 }]);
  assert.match(recorderFaults(late).join(), /came after recording.deleted/);
});
