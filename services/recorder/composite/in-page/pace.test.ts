import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "./pace.ts";

function play(pace: Pace, times: readonly number[]): { taken: number; repeats: number } {
  const all = times.map((at) => pace.take(at));
  return {
    taken: all.filter(({ isTaken }) => isTaken).length,
    repeats: all.reduce((sum, each) => sum + each.repeats, 0),
  };
}

test("pictures of pages drawn sixty times a second each have their place, 25 a second", () => {
  const drawn = (at: number) => Math.ceil((at * 60) / 1000) * (1000 / 60);
  const times = Array.from({ length: 250 }, (_, index) => 5_000 + drawn(index * 40));
  assert.deepEqual(play(new Pace(25), times), { taken: 250, repeats: 0 });
});

test("fifteen pictures a second make a film of 25, those missing repeated", () => {
  const pace = new Pace(25);
  const { taken } = play(
    pace,
    Array.from({ length: 150 }, (_, index) => index * (1000 / 15)),
  );
  assert.equal(taken, 150);
  assert.ok(Math.abs(pace.next - 250) <= 2, `${pace.next}`);
});

test("of thirty pictures a second those too many are left out", () => {
  const pace = new Pace(25);
  const { taken, repeats } = play(
    pace,
    Array.from({ length: 300 }, (_, index) => index * (1000 / 30)),
  );
  assert.equal(repeats, 0);
  assert.ok(Math.abs(taken - 250) <= 2, `${taken}`);
});

test("a page on which nothing moves goes on as a film, four tenths of a second behind", () => {
  const pace = new Pace(25);
  assert.equal(pace.fill(1_000), 0);
  pace.take(1_000);
  assert.equal(pace.fill(1_400), 0);
  assert.equal(pace.fill(2_400), 25);
  assert.equal(pace.next, 26);
});

test("a picture that comes after its place was filled is left out, the next is not", () => {
  const pace = new Pace(25);
  pace.take(0);
  pace.fill(2_400);
  assert.deepEqual(pace.take(1_000), { repeats: 0, isTaken: false });
  assert.deepEqual(pace.take(2_040), { repeats: 0, isTaken: true });
});
