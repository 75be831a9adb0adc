import { effect, type ReadonlySignal, untracked } from "@preact/signals-core";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import { isAnswered } from "../../protocol/conference/telephone.ts";
import type { CallState } from "../call/state.ts";
import type { ChatLine } from "../chat/lines.ts";
import type { Sounds } from "./sounds.ts";

/** In a crowd comings and goings are heard no more. */
export const CROWD = 30;

interface Presence {
  readonly handRaisedAt: number;
}

export interface Cues {
  readonly joined: boolean;
  readonly left: boolean;
  readonly hand: boolean;
}

/** What is worth a sound between two looks at who is there. */
export function compareOccupants(before: ReadonlyMap<string, Presence>, after: ReadonlyMap<string, Presence>): Cues {
  const isCrowd = Math.max(before.size, after.size) >= CROWD;
  const come = [...after.keys()].filter((id) => !before.has(id));
  const gone = [...before.keys()].filter((id) => !after.has(id));
  return {
    joined: !isCrowd && come.length > gone.length,
    left: !isCrowd && gone.length > come.length,
    hand: [...after].some(([id, { handRaisedAt }]) => handRaisedAt > (before.get(id)?.handRaisedAt ?? Infinity)),
  };
}

/** Telephones that ring have nobody behind them. */
export function present(occupants: ReadonlyMap<string, Occupant>): ReadonlyMap<string, Presence> {
  return new Map([...occupants].filter(([, { callStatus }]) => isAnswered(callStatus)));
}

/** Who comes in or comes back finds people there already: those are not heard. */
const SETTLE_MS = 1000;

/** Gives the call its sounds. `incoming`: the last line somebody else has written. */
export function soundTheCall(state: CallState, incoming: ReadonlySignal<ChatLine | undefined>, sounds: Sounds): void {
  let people: ReadonlyMap<string, Presence> = new Map();
  let knockers = 0;
  let quietUntil = Number.POSITIVE_INFINITY;
  effect(() => {
    const isIn = state.phase.value.name === "joined" && state.link.value === "connected";
    quietUntil = isIn ? performance.now() + SETTLE_MS : Number.POSITIVE_INFINITY;
  });
  effect(() => {
    const now = present(state.occupants.value);
    const cues = compareOccupants(people, now);
    people = now;
    if (performance.now() < quietUntil) return;
    if (cues.joined) sounds.play("join");
    if (cues.left) sounds.play("leave");
    if (cues.hand) sounds.play("hand");
  });
  effect(() => {
    const waiting = state.knockers.value.length;
    if (waiting > knockers) sounds.play("knock");
    knockers = waiting;
  });
  effect(() => {
    const isNew = incoming.value !== undefined;
    const isRead = untracked(() => state.chatOpen.value) && document.hasFocus();
    if (isNew && !isRead) sounds.play("message");
  });
}
