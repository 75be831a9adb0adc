import { computed, type ReadonlySignal } from "@preact/signals-core";
import { isLowerHand, lowerHand } from "../../protocol/conference/lower-hand.ts";
import type { Activity, CallContext } from "../call/activity.ts";
import { announceHands, lowerAfterSpeaking } from "./hand-notices.ts";

export interface RaisedHand {
  readonly id: string;
  readonly raisedAt: number;
}

/** The queue of those who want to speak, and who takes them off it. */
export class Hands implements Activity {
  /** In the order in which they went up; ours among them. */
  readonly queue: ReadonlySignal<readonly RaisedHand[]>;
  readonly #context: CallContext;

  constructor(context: CallContext) {
    this.#context = context;
    const { occupants, selfId, handRaisedAt } = context.state;
    this.queue = computed(() => {
      const others = [...occupants.value.values()].map((each) => ({ id: each.id, raisedAt: each.handRaisedAt }));
      const all = [...others, { id: selfId.value, raisedAt: handRaisedAt.value }];
      return all.filter(({ raisedAt }) => raisedAt > 0).sort((a, b) => a.raisedAt - b.raisedAt);
    });
    announceHands(context.state, this);
    lowerAfterSpeaking(context.state);
  }

  lower(id: string): void {
    const { link, state } = this.#context;
    if (!link.sendToEndpoint(id, lowerHand)) state.notices.show("notify.actionFailed", { kind: "error" });
  }

  lowerAll(): void {
    this.#context.state.handRaisedAt.value = 0;
    this.lower("");
  }

  endpointMessage(from: string, payload: Readonly<Record<string, unknown>>): void {
    const { handRaisedAt, occupants, notices } = this.#context.state;
    if (!isLowerHand(payload) || !occupants.value.get(from)?.isModerator || !handRaisedAt.value) return;
    handRaisedAt.value = 0;
    notices.show("notify.handLowered");
  }
}
