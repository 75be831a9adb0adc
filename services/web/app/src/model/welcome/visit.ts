import { effect, type ReadonlySignal, signal } from "@preact/signals-core";
import type { Phase } from "../call/state.ts";

/** How long one has been in the room, from the first moment in it until its end; lost links in between count. */
export class Visit {
  /** 0 until it is over. */
  readonly lastedMs: ReadonlySignal<number>;

  constructor(phase: ReadonlySignal<Phase>, now: () => number, over: (lastedMs: number) => void) {
    const lastedMs = signal(0);
    this.lastedMs = lastedMs;
    let begunAt: number | undefined;
    effect(() => {
      const { name } = phase.value;
      if (name === "joined") begunAt ??= now();
      if ((name !== "ended" && name !== "refused") || begunAt === undefined) return;
      lastedMs.value = now() - begunAt;
      begunAt = undefined;
      over(lastedMs.value);
    });
  }
}
