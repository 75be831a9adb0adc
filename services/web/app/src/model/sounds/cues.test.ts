import assert from "node:assert/strict";
import { test } from "node:test";
import { somebody } from "../call/fake-context.ts";
import { CROWD, compareOccupants, present } from "./cues.ts";

const room = (...people: readonly (readonly [string, number?])[]) =>
  new Map(people.map(([id, handRaisedAt = 0]) => [id, { handRaisedAt }]));

test("comings, goings and hands are heard", () => {
  assert.deepEqual(compareOccupants(room(["a"]), room(["a"], ["b"])), { joined: true, left: false, hand: false });
  assert.deepEqual(compareOccupants(room(["a"], ["b"]), room(["b"])), { joined: false, left: true, hand: false });
  assert.deepEqual(compareOccupants(room(["a"]), room(["a", 5])), { joined: false, left: false, hand: true });
});

test("a lowered hand, a hand that was up before its owner came, and a change of ids are not", () => {
  assert.equal(compareOccupants(room(["a", 5]), room(["a"])).hand, false);
  assert.equal(compareOccupants(room(), room(["a", 5])).hand, false);
  assert.deepEqual(compareOccupants(room(["a"]), room(["a2"])), { joined: false, left: false, hand: false });
});

test("in a crowd nobody's coming is heard", () => {
  const crowd = Array.from({ length: CROWD }, (_, index) => [`p${index}`] as const);
  assert.equal(compareOccupants(room(...crowd.slice(1)), room(...crowd)).joined, false);
});

test("a telephone is heard to come when it is answered", () => {
  const phone = (callStatus: string) => present(new Map([["p1", somebody("p1", { isPhone: true, callStatus })]]));
  assert.equal(compareOccupants(room(), phone("Ringing...")).joined, false);
  assert.equal(compareOccupants(phone("Ringing..."), phone("Connected")).joined, true);
  assert.equal(compareOccupants(phone("Busy"), room()).left, false);
});
