import assert from "node:assert/strict";
import { test } from "node:test";
import { BruteForce, networkOf } from "./brute-force.ts";

const rules = {
  attempts: 10,
  attemptsOfBusyAddress: 3,
  restMs: 900_000,
  attemptsOfAddress: 100,
  namesOfAddress: 1_000,
  attemptsOfName: 200,
  undelayed: 2,
  firstDelayMs: 500,
  mostDelayMs: 8_000,
  remembered: 10_000,
};

function guess(force: BruteForce, name: string, from: string, now: number, times: number): number {
  let tried = 0;
  for (let attempt = 0; attempt < times; attempt++) if (force.begin(name, from, now)) tried++;
  return tried;
}

test("the answers to wrong passwords come later and later, then none is looked at for a while", () => {
  const force = new BruteForce(rules);
  const delays: number[] = [];
  while (force.begin("anna", "192.0.2.1", 0)) delays.push(force.delayMs("anna", "192.0.2.1", 0));
  assert.deepEqual(delays, [0, 0, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000]);
  assert.equal(force.begin("anna", "192.0.2.1", rules.restMs - 1), false);
  assert.equal(force.begin("anna", "192.0.2.1", rules.restMs), true);
});

test("somebody who mistyped and then got it right begins anew", () => {
  const force = new BruteForce(rules);
  guess(force, "anna", "192.0.2.1", 0, 5);
  assert.ok(force.begin("anna", "192.0.2.1", 1));
  force.succeeded("anna", "192.0.2.1", 1);
  assert.equal(force.delayMs("anna", "192.0.2.1", 1), 0);
  assert.equal(guess(force, "anna", "192.0.2.1", 2, 20), 10);
});

test("one attacker in a school of a thousand behind one address locks nobody else out", () => {
  const force = new BruteForce(rules);
  for (let name = 0; name < 200; name++) guess(force, `pupil${name}`, "192.0.2.1", 0, 50);
  guess(force, "teacher", "192.0.2.1", 0, 1_000);
  for (let name = 300; name < 800; name++) {
    assert.ok(force.begin(`pupil${name}`, "192.0.2.1", 1), `pupil${name}`);
    force.succeeded(`pupil${name}`, "192.0.2.1", 1);
  }
  assert.ok(force.begin("teacher", "198.51.100.7", 1), "the teacher at home");
});

test("from an address that guesses a lot each name has few attempts", () => {
  const force = new BruteForce(rules);
  for (let name = 0; name < 10; name++) assert.equal(guess(force, `a${name}`, "192.0.2.1", 0, 50), 10);
  for (let name = 0; name < 10; name++) assert.equal(guess(force, `b${name}`, "192.0.2.1", 0, 50), 3);
  assert.ok(force.delayMs("b1", "192.0.2.1", 0) >= 500);
  assert.equal(guess(force, "b1", "198.51.100.7", 0, 50), 10);
});

test("who tries ever new names locks nobody out, and gains nothing by it", () => {
  const force = new BruteForce({ ...rules, namesOfAddress: 100 });
  assert.equal(guess(force, "anna", "192.0.2.1", 0, 50), 10);
  for (let name = 0; name < 5_000; name++) guess(force, `name${name}`, "192.0.2.1", 0, 1);
  assert.ok(force.begin("berta", "192.0.2.1", 0));
  force.succeeded("berta", "192.0.2.1", 0);
  assert.equal(guess(force, "anna", "192.0.2.1", 0, 50), 3);
});

test("a name guessed from everywhere can still sign in from where it has before", () => {
  const force = new BruteForce(rules);
  assert.ok(force.begin("anna", "192.0.2.1", 0));
  force.succeeded("anna", "192.0.2.1", 0);
  let tried = 0;
  for (let bot = 0; bot < 100; bot++) tried += guess(force, "anna", `203.0.113.${bot}`, 1, 10);
  assert.equal(tried, rules.attemptsOfName);
  assert.ok(force.begin("anna", "192.0.2.1", 2));
});

test("an attacker with a network of his own is one address", () => {
  const force = new BruteForce(rules);
  let tried = 0;
  for (let host = 0; host < 100; host++) tried += guess(force, "anna", `2001:db8:0:1::${host.toString(16)}`, 0, 1);
  assert.equal(tried, rules.attempts);
  assert.equal(networkOf("2001:0DB8::1"), "2001:db8:0:0::/64");
  assert.equal(networkOf("2001:db8:0:0:1:2:3:4"), "2001:db8:0:0::/64");
  assert.equal(networkOf("::1"), "0:0:0:0::/64");
  assert.equal(networkOf("192.0.2.1"), "192.0.2.1");
});

test("strangers can't fill the memory", () => {
  const force = new BruteForce({ ...rules, remembered: 100 });
  for (let bot = 0; bot < 5_000; bot++) force.begin(`name${bot}`, `10.${bot >> 8}.${bot & 255}.1`, bot);
  assert.ok(force.size <= 200);
});
