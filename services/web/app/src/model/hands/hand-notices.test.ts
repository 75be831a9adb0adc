import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { computed } from "@preact/signals-core";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import { CallState } from "../call/state.ts";
import { announceHands, HAS_THE_WORD_MS, lowerAfterSpeaking } from "./hand-notices.ts";

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

const person = (id: string, handRaisedAt: number) => ({ id, name: id.toUpperCase(), handRaisedAt }) as Occupant;

function meeting() {
  const state = new CallState();
  state.selfId.value = "me";
  const lowered: string[] = [];
  const queue = computed(() =>
    [...state.occupants.value.values(), { id: "me", handRaisedAt: state.handRaisedAt.value }]
      .map(({ id, handRaisedAt }) => ({ id, raisedAt: handRaisedAt }))
      .filter(({ raisedAt }) => raisedAt > 0)
      .sort((a, b) => a.raisedAt - b.raisedAt),
  );
  announceHands(state, { queue, lower: (id) => lowered.push(id) });
  lowerAfterSpeaking(state);
  return {
    state,
    lowered,
    hand: (id: string, at: number) => state.setOccupant(person(id, at)),
    texts: () => state.notices.list.value.map(({ text, values }) => [text, values?.name, values?.place]),
  };
}

test("a hand that goes up is told with its place in line; one that came up already is not", () => {
  const { hand, texts } = meeting();
  hand("ann", 0);
  hand("bob", 0);
  hand("eve", 5);
  hand("bob", 7);
  hand("ann", 6);
  assert.deepEqual(texts(), [
    ["notify.raisedHandInLine", "BOB", 2],
    ["notify.raisedHandInLine", "ANN", 2],
  ]);
});

test("a moderator lowers it from there, others only read of it", () => {
  const { state, hand, lowered } = meeting();
  hand("ann", 0);
  hand("ann", 5);
  const actions = () => state.notices.list.value[0]?.actions;
  assert.equal(actions(), undefined);
  hand("ann", 0);
  state.notices.dismiss(state.notices.list.value[0]?.id ?? 0);
  state.isModerator.value = true;
  hand("ann", 9);
  actions()?.[0]?.act();
  assert.deepEqual(lowered, ["ann"]);
});

test("whoever is next in line is told", () => {
  const { state, hand, texts } = meeting();
  hand("ann", 5);
  state.handRaisedAt.value = 6;
  assert.deepEqual(texts(), []);
  hand("ann", 0);
  assert.deepEqual(texts(), [["notify.nextToSpeak", undefined, undefined]]);
});

test("a hand goes down when its owner has spoken, unless they keep it up", () => {
  const { state } = meeting();
  const speak = () => {
    state.handRaisedAt.value = 5;
    state.dominant.value = "me";
    mock.timers.tick(HAS_THE_WORD_MS);
  };
  speak();
  assert.equal(state.handRaisedAt.value, 5, "while speaking it stays");
  state.dominant.value = "ann";
  assert.equal(state.handRaisedAt.value, 0);
  speak();
  state.notices.list.value.at(-1)?.actions?.[0]?.act();
  state.dominant.value = "ann";
  assert.equal(state.handRaisedAt.value, 5);
});

test("a cough is not a speech", () => {
  const { state } = meeting();
  state.handRaisedAt.value = 5;
  state.dominant.value = "me";
  mock.timers.tick(HAS_THE_WORD_MS - 1);
  state.dominant.value = "ann";
  assert.equal(state.handRaisedAt.value, 5);
});
