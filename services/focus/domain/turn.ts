import type { BridgeView } from "./bridge-selection/bridge.ts";
import type { Conference, Invite, Member, Session } from "./conference.ts";
import type { Effect } from "./effects.ts";
import type { Counts, Fact, FactBodies, FactName, ParticipantRef } from "./facts.ts";
import type { Failure } from "./inputs.ts";
import type { RecorderPool } from "./recorder-pool.ts";
import type { Rules } from "./rules.ts";

/** What `step` looks at beside the conference itself. */
export type Surroundings = {
  readonly rules: Rules;
  readonly bridges: readonly BridgeView[];
  readonly pool: RecorderPool;
};

/**
 * One step being worked out: the conference as it is so far and the effects so far. It lives as long as the step; the
 * conference that came in is not touched.
 */
export class Turn {
  readonly now: number;
  readonly rules: Rules;
  readonly bridges: readonly BridgeView[];
  readonly pool: RecorderPool;
  /** As it came in. */
  readonly before: Conference;
  readonly effects: Effect[] = [];
  /** Members changed or gone in this step. */
  readonly touched = new Set<string>();
  #state: Conference;
  /** A copy of the members made at the first change of this step. */
  #members: Map<string, Member> | undefined;

  constructor(state: Conference, now: number, surroundings: Surroundings) {
    this.#state = state;
    this.before = state;
    this.now = now;
    this.rules = surroundings.rules;
    this.bridges = surroundings.bridges;
    this.pool = surroundings.pool;
  }

  get state(): Conference {
    return this.#state;
  }

  get members(): ReadonlyMap<string, Member> {
    return this.#members ?? this.#state.members;
  }

  change(changes: Partial<Omit<Conference, "members">>): void {
    this.#state = { ...this.#state, ...changes };
  }

  member(endpoint: string): Member | undefined {
    return this.members.get(endpoint);
  }

  setMember(member: Member): void {
    this.touched.add(member.endpoint);
    this.#ownMembers().set(member.endpoint, member);
  }

  changeMember(endpoint: string, changes: Partial<Member>): void {
    const member = this.member(endpoint);
    if (member) this.setMember({ ...member, ...changes });
  }

  changeSession(endpoint: string, changes: Partial<Session>): void {
    const member = this.member(endpoint);
    if (member) this.setMember({ ...member, session: { ...member.session, ...changes } });
  }

  changeInvite(endpoint: string, changes: Partial<Invite>): void {
    const invite = this.member(endpoint)?.session.invite;
    if (invite) this.changeSession(endpoint, { invite: { ...invite, ...changes } });
  }

  removeMember(endpoint: string): void {
    this.touched.add(endpoint);
    this.#ownMembers().delete(endpoint);
  }

  do(effect: Effect): void {
    this.effects.push(effect);
  }

  reply(ask: number, failure?: Failure): void {
    this.do(failure ? { type: "reply", ask, failure } : { type: "reply", ask });
  }

  /** Says a public fact. Its number and time are given here and nowhere else. */
  record<N extends FactName>(name: N, body: FactBodies[N]): void {
    const seq = this.#state.seq + 1;
    this.change({ seq });
    const fact = { name, body, seq, epoch: this.#state.epoch, timeMs: this.now } as Fact;
    this.do({ type: "record", fact });
  }

  finish(): readonly [Conference, readonly Effect[]] {
    if (this.#members) this.change({ members: this.#members } as Partial<Conference>);
    return [this.#state, this.effects];
  }

  #ownMembers(): Map<string, Member> {
    this.#members ??= new Map(this.#state.members);
    return this.#members;
  }
}

export function refOf(member: Member): ParticipantRef {
  const { endpoint, person, kind, role, authenticated } = member;
  return { endpoint, person, kind, role, authenticated };
}

export function countsOf(turn: Turn): Counts {
  let participants = 0;
  let senders = 0;
  for (const member of turn.members.values()) {
    if (member.hidden) continue;
    participants += 1;
    if ([...member.published.values()].some((source) => !source.muted)) senders += 1;
  }
  return { participants, senders };
}
