import assert from "node:assert/strict";
import { test } from "node:test";
import { factName, isNumberedBySession, judge } from "./facts.ts";

const stored = { epoch: "2", seq: "7" };
const of = (epoch: string, seq: string, acceptsHole = false) => judge(stored, { epoch, seq }, acceptsHole);

test("the next fact is entered, one that was is known, one that comes before its time waits", () => {
  assert.equal(of("2", "8"), "done");
  assert.equal(of("2", "7"), "known");
  assert.equal(of("2", "9"), "early");
  assert.equal(of("2", "9", true), "done");
});

test("a focus that had lost the room is not heard, and the one that has it goes on numbering", () => {
  assert.equal(of("1", "8"), "outdated");
  assert.equal(of("1", "3"), "outdated");
  assert.equal(of("3", "8"), "done");
  assert.equal(of("3", "7"), "done");
  assert.equal(of("3", "10"), "early");
});

test("a session that is heard of in its middle waits for its beginning for a while", () => {
  assert.equal(judge(undefined, { epoch: "1", seq: "1" }, false), "done");
  assert.equal(judge(undefined, { epoch: "1", seq: "5" }, false), "early");
  assert.equal(judge(undefined, { epoch: "1", seq: "5" }, true), "done");
});

test("facts of recorders and gateways have numbers of their own", () => {
  assert.equal(factName("conference.v1.main.room.s1.participant.joined"), "participant.joined");
  for (const name of ["sip.call-started", "recording.available", "recording.segment-stored", "recording.deleted"])
    assert.equal(isNumberedBySession(name), false, name);
  for (const name of ["recording.started", "participant.left", "something.new"])
    assert.equal(isNumberedBySession(name), true, name);
});
