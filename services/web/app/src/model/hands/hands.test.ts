import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { fakeMeeting, somebody } from "../call/fake-context.ts";
import { Hands } from "./hands.ts";

mock.timers.enable({ apis: ["setTimeout"] });

const lower = { name: "lower-hand-message" };

test("hands queue in the order in which they went up, ours among them", () => {
  const { context, state } = fakeMeeting();
  const hands = new Hands(context);
  for (const [id, handRaisedAt] of [
    ["ann", 30],
    ["bob", 0],
    ["eve", 10],
  ] as const)
    state.setOccupant(somebody(id, { handRaisedAt }));
  state.handRaisedAt.value = 20;
  assert.deepEqual(
    hands.queue.value.map(({ id }) => id),
    ["eve", "me", "ann"],
  );
});

test("one is asked to lower the hand, or all", () => {
  const { context, state, told } = fakeMeeting();
  const hands = new Hands(context);
  state.handRaisedAt.value = 20;
  hands.lower("ann");
  assert.equal(state.handRaisedAt.value, 20);
  hands.lowerAll();
  assert.equal(state.handRaisedAt.value, 0);
  assert.deepEqual(told, [
    { to: "ann", payload: lower },
    { to: "", payload: lower },
  ]);
});

test("only a moderator lowers our hand", () => {
  const { context, state } = fakeMeeting();
  const hands = new Hands(context);
  state.setOccupant(somebody("ann"));
  state.setOccupant(somebody("host", { isModerator: true }));
  state.handRaisedAt.value = 20;
  for (const [from, payload] of [
    ["ann", lower],
    ["nobody", lower],
    ["host", { name: "other" }],
  ] as const)
    hands.endpointMessage(from, payload);
  assert.equal(state.handRaisedAt.value, 20);
  hands.endpointMessage("host", lower);
  assert.equal(state.handRaisedAt.value, 0);
});
