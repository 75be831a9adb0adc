import assert from "node:assert/strict";
import { test } from "node:test";
import { brokenPromises, type ObservedFact } from "./event-promises.ts";

type Step = readonly [name: string, fields?: Record<string, unknown>];

const over = { isOver: true };
const running = { isOver: false };

/** A stream of facts of one sitting; seq, epoch and time may be overruled by a step. */
function sitting(...steps: readonly Step[]): ObservedFact[] {
  return steps.map(([name, fields], index) => ({
    subject: `conference.v1.main.room.sitting.${name}`,
    streamSequence: index + 1,
    id: `sitting-${index + 1}`,
    body: {
      tenant: "main",
      room: "room",
      session: "sitting",
      epoch: "3",
      seq: String(index + 1),
      time: new Date(Date.UTC(2026, 8, 1, 6, 0, index)).toISOString(),
      ...fields,
    },
  }));
}

function about(endpoint: string, participants: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { participant: { endpoint, person: `p_${endpoint}` }, counts: { participants }, ...more };
}

const joined = (endpoint: string, participants: number): Step => ["participant.joined", about(endpoint, participants)];
const left = (endpoint: string, participants: number, reason = "client"): Step => [
  "participant.left",
  about(endpoint, participants, { reason }),
];
const source = (verb: string, endpoint: string, participants: number, name: string, muted = false): Step => [
  `source.${verb}`,
  about(endpoint, participants, { source: { name, kind: "camera", muted } }),
];

function ended(persons: readonly string[], peak: number): Step {
  return [
    "session.ended",
    { reason: "empty", totals: { participants: persons.length, peak }, roster: persons.map((person) => ({ person })) },
  ];
}

const whole = [
  ["session.started"],
  joined("a", 1),
  joined("b", 2),
  source("published", "a", 2, "a-v0"),
  source("muted", "a", 2, "a-v0"),
  source("unmuted", "a", 2, "a-v0"),
  ["participant.interrupted", about("b", 2)],
  ["participant.resumed", about("b", 2)],
  left("a", 1),
  left("b", 0),
  ended(["p_a", "p_b"], 2),
] as const satisfies readonly Step[];

test("a sitting told as promised has no faults", () => {
  assert.deepEqual(brokenPromises(sitting(...whole), over), []);
});

test("a sitting that goes on may lack its end", () => {
  assert.deepEqual(brokenPromises(sitting(["session.started"], joined("a", 1)), running), []);
  assert.deepEqual(brokenPromises(sitting(["session.started"], joined("a", 1), left("a", 0)), over), [
    "session sitting: session.ended never came",
  ]);
});

function expectFault(steps: readonly Step[], fault: RegExp): void {
  const faults = brokenPromises(sitting(...steps), running);
  assert.ok(
    faults.some((text) => fault.test(text)),
    `expected ${fault} among ${JSON.stringify(faults)}`,
  );
}

test("a hole in seq is found", () => {
  expectFault(
    [["session.started"], ["participant.joined", { ...about("a", 1), seq: "3" }]],
    /seq 3 .* where 2 was due/,
  );
});

test("a falling epoch is found, and a new owner that does not say so", () => {
  const start: Step = ["session.started"];
  expectFault([start, ["participant.joined", { ...about("a", 1), epoch: "2" }]], /epoch fell from 3 to 2/);
  expectFault([start, ["participant.joined", { ...about("a", 1), epoch: "4" }]], /new owner began with participant/);
  const resumed = sitting(start, ["session.resumed", { epoch: "4" }]);
  assert.deepEqual(brokenPromises(resumed, running), []);
});

test("somebody who joins twice, leaves twice or never joined is found", () => {
  expectFault([["session.started"], joined("a", 1), joined("a", 1)], /a joined twice/);
  expectFault(
    [["session.started"], joined("a", 1), left("a", 0), left("a", 0)],
    /a has participant.left without being/,
  );
  expectFault([["session.started"], ["participant.updated", about("a", 0)]], /without being in the room/);
});

test("somebody who never left an ended sitting is found", () => {
  expectFault([["session.started"], joined("a", 1), ended(["p_a"], 1)], /a joined and never left/);
});

test("an unknown reason is found", () => {
  expectFault([["session.started"], joined("a", 1), left("a", 0, "bored")], /reason "bored"/);
});

test("a count that is not the room's is found", () => {
  expectFault([["session.started"], joined("a", 2)], /counts 2 participants/);
});

test("an end that is not the last, or comes twice, is found", () => {
  expectFault([["session.started"], ended([], 0), joined("a", 1)], /came after session.ended/);
  expectFault([["session.started"], ended([], 0), ended([], 0)], /session.ended came 2 times/);
});

test("what a recorder says has numbers of its own, and may follow the end", () => {
  const own = { epoch: "0", seq: "1", recording: "r" };
  const facts = sitting(["session.started"], ended([], 0), ["recording.available", own]);
  assert.deepEqual(brokenPromises(facts, over), []);
  expectFault([["session.started"], ended([], 0), ["recording.available"]], /epoch is 3/);
});

test("totals and roster that do not tell the sitting are found", () => {
  expectFault([["session.started"], joined("a", 1), left("a", 0), ended([], 1)], /counts 0 persons, 1 joined/);
  expectFault([["session.started"], joined("a", 1), left("a", 0), ended(["p_a"], 2)], /peak of 2, it was 1/);
  expectFault([["session.started"], joined("a", 1), left("a", 0), ended(["p_b"], 1)], /p_a is not in the roster/);
});

test("a source published twice or muted unpublished is found", () => {
  const start: Step[] = [["session.started"], joined("a", 1)];
  const published = source("published", "a", 1, "a-v0");
  expectFault([...start, published, published], /a-v0 was published twice/);
  expectFault([...start, source("muted", "a", 1, "a-v0")], /without being published/);
  expectFault([...start, published, source("unmuted", "a", 1, "a-v0")], /source.unmuted twice/);
});

test("a speaker that changes more than once a second is found", () => {
  const time = "2026-09-01T06:00:00.500Z";
  expectFault([["session.started"], ["speaker.changed", { time }], ["speaker.changed", { time }]], /0 ms after/);
});

test("a fact stored twice is found by its id", () => {
  const facts = sitting(["session.started"], ["session.updated"]);
  const twice = facts.map((fact) => ({ ...fact, id: "same" }));
  assert.match(brokenPromises(twice, running).join(), /id same was stored twice/);
});

test("a name in a fact is found", () => {
  const facts = sitting(["session.started", { name: "Мария" }]);
  assert.match(brokenPromises(facts, { isOver: false, forbiddenTexts: ["Мария"] }).join(), /holds "Мария"/);
});

test("a body that is not its subject's is found", () => {
  expectFault([["session.started", { room: "other" }]], /is not the subject's/);
  expectFault([["session.started", { time: "soon" }]], /time is soon/);
});
