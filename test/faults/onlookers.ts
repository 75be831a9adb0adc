/** Two people in a call, with sound and pictures, who are to notice nothing of what is done beside them. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { TestStack } from "../harness/stack.ts";
import { longestStandstillMs } from "../harness/standstill.ts";
import { eventually } from "../harness/wait.ts";
import { Crowd } from "../load/crowd.ts";
import { placeOf } from "../load/place.ts";
import { longestGapMs, owners } from "./gaps.ts";

/** What a decoder may miss on a busy machine without anybody having noticed. */
const noticeableMs = 1_500;

export class Onlookers implements Disposable {
  readonly #stack: TestStack;
  readonly #crowd: Crowd;
  readonly #pids: string;
  #sinceMs = 0;

  private constructor(stack: TestStack, crowd: Crowd) {
    this.#stack = stack;
    this.#crowd = crowd;
    this.#pids = this.#readPids();
  }

  static async join(stack: TestStack, room: string): Promise<Onlookers> {
    const crowd = await Crowd.open(placeOf(stack.local));
    const onlookers = new Onlookers(stack, crowd);
    await crowd.join({ room, people: 2 });
    await eventually("the two see and hear each other", () => onlookers.#missing());
    onlookers.#restart();
    return onlookers;
  }

  #readPids(): string {
    const { local } = this.#stack;
    return JSON.stringify([local.pids(), local.workerPids()]);
  }

  #restart(): void {
    this.#sinceMs = performance.now();
    for (const { reception } of this.#crowd.participants) reception.restart();
  }

  #missing(): string | undefined {
    const [a, b] = this.#crowd.participants;
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const kinds = one && other ? owners(one.reception).get(other.nick) : undefined;
      if (!kinds?.has("audio") || !kinds.has("video"))
        return `${one?.nick} has ${[...(kinds ?? [])]} of ${other?.nick}`;
    }
    return undefined;
  }

  assertNoProcessDied(): void {
    assert.equal(this.#readPids(), this.#pids, "a process died");
  }

  /** They see and hear each other, have done so all the while, and nobody asked anything of them. */
  async noticedNothing(t: TestContext): Promise<void> {
    this.assertNoProcessDied();
    // What is looked at may have taken less time than one picture.
    await eventually("the two still see and hear each other", () => this.#missing());
    const [a, b] = this.#crowd.participants;
    assert.ok(a && b);
    for (const { faults, invitations, left, nick } of [a, b]) {
      assert.deepEqual([faults, invitations], [[], 1], nick);
      assert.ok(!left.includes(a.nick) && !left.includes(b.nick));
    }
    const gaps = [longestGapMs(a.reception, b.nick, this.#sinceMs), longestGapMs(b.reception, a.nick, this.#sinceMs)];
    const longest = Math.round(Math.max(...gaps.flatMap(({ audio, video }) => [audio, video])));
    t.diagnostic(`the onlookers' longest gap: ${longest} ms`);
    assert.ok(longest < noticeableMs + longestStandstillMs(this.#sinceMs), JSON.stringify(gaps));
    this.#restart();
  }

  [Symbol.dispose](): void {
    this.#crowd[Symbol.dispose]();
  }
}
