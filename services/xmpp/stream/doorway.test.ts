import assert from "node:assert/strict";
import { test } from "node:test";
import { Doorway } from "./doorway.ts";

function aDuty() {
  let wake = Promise.withResolvers<void>();
  const duty = {
    isSure: true,
    sure: () => (duty.isSure ? Promise.resolve() : wake.promise),
    confirm: () => Promise.resolve(),
    becomeSure: () => {
      duty.isSure = true;
      wake.resolve();
    },
    becomeUnsure: () => {
      duty.isSure = false;
      wake = Promise.withResolvers<void>();
    },
  };
  return duty;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("what comes while it is unsure waits, in its order, with what it brings", async () => {
  const duty = aDuty();
  const doorway = new Doorway(duty);
  const done: string[] = [];
  doorway.enter(() => done.push("first"));
  duty.becomeUnsure();
  doorway.enter(() => {
    done.push("second");
    doorway.enter(() => done.push("said because of the second"));
  });
  doorway.enter(() => done.push("third"));
  await settled();
  assert.deepEqual(done, ["first"]);
  duty.becomeSure();
  await settled();
  assert.deepEqual(done, ["first", "second", "said because of the second", "third"]);
});

test("more than may wait is refused, and what is closed passes nothing", async () => {
  const duty = aDuty();
  duty.becomeUnsure();
  const doorway = new Doorway(duty);
  let passed = 0;
  for (let count = 0; count < 10_000; count++)
    assert.equal(
      doorway.enter(() => passed++),
      true,
    );
  assert.equal(
    doorway.enter(() => passed++),
    false,
  );
  doorway.close();
  duty.becomeSure();
  await settled();
  assert.equal(passed, 0);
});
