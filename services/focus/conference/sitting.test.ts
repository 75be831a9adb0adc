import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "@veche/kit/clock.ts";
import { noRecorders } from "../domain/recorder-pool.ts";
import { defaultRules } from "../domain/rules.ts";
import { aBridge, Play, seenBy, sourcesOf } from "../testing/play.ts";
import { Sitting } from "./sitting.ts";

/** A clock that a test moves, also between two looks of the same piece of code. */
class JumpingClock implements Clock {
  nowMs = 2_000_000;
  stepMs = 0;
  due: { atMs: number; run: () => void } | undefined;

  now(): number {
    this.nowMs += this.stepMs;
    return this.nowMs;
  }

  elapsed(): number {
    return this.now();
  }

  after(ms: number, run: () => void) {
    const entry = { atMs: this.nowMs + ms, run };
    this.due = entry;
    return {
      cancel: () => {
        if (this.due === entry) this.due = undefined;
      },
    };
  }

  every(): never {
    throw new Error("a sitting needs no interval");
  }

  /** Runs what is due by now. */
  fire(): void {
    const { due } = this;
    if (!due || due.atMs > this.nowMs) return;
    this.due = undefined;
    due.run();
  }
}

function aSittingWithMediaDueFor(endpoint: string) {
  const clock = new JumpingClock();
  const play = new Play();
  play.callOf("a", "b", "c");
  const performed: string[] = [];
  const sitting = new Sitting(play.state, {
    clock,
    rules: () => defaultRules,
    bridges: () => [aBridge("b1")],
    recorders: () => noRecorders,
    perform: (effect) => performed.push(`${effect.type}${"endpoint" in effect ? ` ${effect.endpoint}` : ""}`),
  });
  const camera = seenBy(endpoint, sourcesOf("a", 7)).slice(1);
  const { jingleSession } = play.invite(endpoint);
  const names = camera.map(({ name }) => name);
  return {
    clock,
    play,
    performed,
    sitting,
    announced: { type: "sources-announced", endpoint, jingleSession, names } as const,
  };
}

test("media that becomes due while the clock passes between a step and the next timer still flows", () => {
  const { clock, performed, sitting, announced } = aSittingWithMediaDueFor("b");
  clock.stepMs = defaultRules.resumeMarginMs;
  sitting.tell(announced);
  clock.stepMs = 0;
  clock.fire();
  assert.ok(performed.includes("resume-sources b"), performed.join());
});

test("media that is due when something else happens to somebody else still flows", () => {
  const { clock, play, performed, sitting, announced } = aSittingWithMediaDueFor("b");
  sitting.tell(announced);
  clock.nowMs += defaultRules.resumeMarginMs;
  sitting.tell({ type: "sources-announced", endpoint: "c", jingleSession: play.invite("c").jingleSession, names: [] });
  clock.fire();
  assert.ok(performed.includes("resume-sources b"), performed.join());
});
