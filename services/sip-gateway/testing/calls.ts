/** Calls of the domain, for its tests: a state, a clock, and what was done. */
import { type Call, type CallRules, newCall, nextDue, type Room } from "../domain/call.ts";
import type { Effect } from "../domain/effects.ts";
import type { Input, Occupant } from "../domain/inputs.ts";
import { step } from "../domain/step.ts";
import { callRules } from "../limits.ts";

export const room: Room = {
  tenant: "main",
  room: "k3vq2m7yd5t4c6xw2a9b",
  name: "standup",
  jid: "standup@muc.meet.jitsi",
};

export const occupant = (state: Occupant["state"], more: Partial<Occupant> = {}): Input => ({
  type: "occupant",
  occupant: {
    instance: "x1",
    revision: 1n,
    state,
    reason: "",
    isModerated: false,
    maySpeak: true,
    participants: 3,
    humans: 2,
    ...more,
  },
});

export const key = (digit: string): Input => ({ type: "key", key: digit, way: "rtp" });

/** A call that is told things, one after the other. */
export class Script {
  readonly rules: CallRules;
  state: Call;
  now = 1_000_000;
  effects: Effect[] = [];

  constructor(given: Partial<Parameters<typeof newCall>[0]> = {}, rules: Partial<CallRules> = {}) {
    this.rules = { ...callRules({ codeLength: 9, inviteMs: 30_000, ringMs: 60_000, longestMs: 0 }), ...rules };
    this.state = newCall({
      call: "c1",
      endpoint: "0badcafe",
      direction: "in",
      language: "en",
      room: undefined,
      password: "",
      ...given,
    });
  }

  /** What these inputs bring. */
  tell(...inputs: readonly Input[]): readonly Effect[] {
    const all: Effect[] = [];
    for (const input of inputs) {
      const [state, effects] = step(this.state, input, this.now, this.rules);
      this.state = state;
      all.push(...effects);
    }
    this.effects.push(...all);
    return all;
  }

  keys(digits: string): readonly Effect[] {
    return [...digits].flatMap((digit) => {
      this.now += 200;
      return this.tell(key(digit));
    });
  }

  /** Moves time on, with a tick whenever one is due. */
  pass(ms: number): readonly Effect[] {
    const end = this.now + ms;
    const all: Effect[] = [];
    for (let due = nextDue(this.state); due !== undefined && due <= end; due = nextDue(this.state)) {
      this.now = Math.max(this.now, due);
      all.push(...this.tell({ type: "tick" }));
    }
    this.now = end;
    return all;
  }

  /** Lets what is said come to its end. */
  hear(): readonly Effect[] {
    return this.tell({ type: "played", number: this.state.saying });
  }
}

export const types = (effects: readonly Effect[]): string[] => effects.map(({ type }) => type);

export const said = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.type === "say" ? effect.say : []));
