import type { Call, CallRules, Due, Presence, Say } from "./call.ts";
import type { Effect } from "./effects.ts";

/** One step being made: the state as it becomes, and what is to be done. */
export class Turn {
  readonly now: number;
  readonly rules: CallRules;
  readonly effects: Effect[] = [];
  #state: Call;

  constructor(state: Call, now: number, rules: CallRules) {
    this.#state = state;
    this.now = now;
    this.rules = rules;
  }

  get state(): Call {
    return this.#state;
  }

  change(change: Partial<Call>): void {
    this.#state = { ...this.#state, ...change };
  }

  do(effect: Effect): void {
    this.effects.push(effect);
  }

  due(name: Due, afterMs: number): void {
    this.change({ due: { ...this.#state.due, [name]: this.now + afterMs } });
  }

  /** Unless it is due already. */
  dueOnce(name: Due, afterMs: number): void {
    if (this.#state.due[name] === undefined) this.due(name, afterMs);
  }

  notDue(...names: readonly Due[]): void {
    const due = { ...this.#state.due };
    for (const name of names) delete due[name];
    this.change({ due });
  }

  /** In place of what is being said; kept until there is somebody to hear it. */
  say(...say: readonly Say[]): void {
    const { line } = this.#state;
    if (line === "gone") return;
    if (line !== "answered") {
      this.change({ toSay: say });
      return;
    }
    const number = this.#state.said + 1;
    this.change({ said: number, saying: number, toSay: [] });
    this.do({ type: "say", number, say });
  }

  hush(): void {
    if (this.#state.saying === 0 && this.#state.toSay.length === 0) return;
    this.change({ saying: 0, toSay: [] });
    this.do({ type: "hush" });
  }

  /** A sitting is told of a call once it is heard there. */
  tellStarted(): void {
    const { isStarted, line, hadSession } = this.#state;
    if (isStarted || line !== "answered" || !hadSession) return;
    this.change({ isStarted: true });
    this.do({ type: "tell-started" });
  }

  /** Prompts have to be heard, so somebody who still rings is answered. */
  answer(): void {
    if (this.#state.direction === "out" || this.#state.line !== "ringing") return;
    this.change({ line: "answering" });
    this.do({ type: "answer" });
  }

  show(change: Partial<Presence>): void {
    const presence = { ...this.#state.presence, ...change };
    const before = this.#state.presence;
    if (
      presence.isMuted === before.isMuted &&
      presence.raisedHandMs === before.raisedHandMs &&
      presence.status === before.status
    )
      return;
    this.change({ presence });
    if (this.#state.stands !== "outside") this.do({ type: "show" });
  }
}
