import { effect, type ReadonlySignal, untracked } from "@preact/signals-core";
import type { CallState } from "../call/state.ts";
import type { RaisedHand } from "./hands.ts";

/** After so long at the word one has it, and the hand has done its work. */
export const HAS_THE_WORD_MS = 3000;

interface Queue {
  readonly queue: ReadonlySignal<readonly RaisedHand[]>;
  lower(id: string): void;
}

/** Tells of hands that go up, with their place in line, and of one's own turn. */
export function announceHands(state: CallState, hands: Queue): void {
  let here: ReadonlySet<string> = new Set();
  let raised: ReadonlySet<string> = new Set();
  let ownPlace = 0;
  effect(() => {
    const queue = hands.queue.value;
    untracked(() => {
      const { occupants, selfId } = state;
      queue.forEach(({ id }, index) => {
        // Who comes in with a raised hand has raised it before.
        if (id !== selfId.value && here.has(id) && !raised.has(id)) tellOf(id, index + 1);
      });
      const place = queue.findIndex(({ id }) => id === selfId.value) + 1;
      if (place === 1 && ownPlace > 1) state.notices.show("notify.nextToSpeak", { group: "own-hand" });
      ownPlace = place;
      here = new Set(occupants.value.keys());
      raised = new Set(queue.map(({ id }) => id));
    });
  });

  function tellOf(id: string, place: number): void {
    const { notices, isModerator, occupants } = state;
    const group = `hand-${id}`;
    // Where moderators are asked for leave, that notice says more.
    if (notices.list.value.some((each) => each.group === group)) return;
    const values = { name: occupants.value.get(id)?.name ?? "", place };
    notices.show(place > 1 ? "notify.raisedHandInLine" : "notify.raisedHand", {
      values,
      group,
      topic: "hands",
      ...(isModerator.value ? { actions: [{ label: "notify.lowerHand", act: () => hands.lower(id) }] } : {}),
    });
  }
}

/** Whoever has had the word needs no raised hand any more; they are told before, and may keep it up. */
export function lowerAfterSpeaking(state: CallState): void {
  const { dominant, selfId, handRaisedAt, notices } = state;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let goesDown = false;
  effect(() => {
    const speaks = dominant.value === selfId.value && selfId.value !== "";
    const isUp = handRaisedAt.value > 0;
    clearTimeout(timer);
    if (!isUp) goesDown = false;
    else if (speaks) timer = setTimeout(warn, HAS_THE_WORD_MS);
    else if (goesDown) {
      goesDown = false;
      handRaisedAt.value = 0;
    }
  });

  function warn(): void {
    goesDown = true;
    const keep = () => {
      goesDown = false;
    };
    notices.show("notify.handGoesDown", { group: "own-hand", actions: [{ label: "notify.keepHandUp", act: keep }] });
  }
}
