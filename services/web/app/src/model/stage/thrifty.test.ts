import assert from "node:assert/strict";
import { test } from "node:test";
import { thrifty } from "./thrifty.ts";

test("the first is told at once, of a flood only the last, and after a pause at once again", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const told: number[] = [];
  const tell = thrifty(400, (value: number) => told.push(value));
  for (const value of [1, 2, 3, 4]) tell(value);
  assert.deepEqual(told, [1]);
  context.mock.timers.tick(400);
  assert.deepEqual(told, [1, 4]);
  context.mock.timers.tick(1000);
  tell(5);
  assert.deepEqual(told, [1, 4, 5]);
});
