import type { Turn } from "./turn.ts";

/** A poll without anybody's name. */
export type Poll = {
  readonly poll: string;
  readonly question: string;
  readonly options: readonly string[];
  /** Votes by option. */
  readonly result: readonly number[];
  /** How many have answered. */
  readonly voters: number;
};

export function tellPoll(turn: Turn, name: "pollCreated" | "pollAnswered" | "pollClosed", poll: Poll): void {
  const { startedMs, totals } = turn.state;
  if (startedMs === 0) return;
  if (name === "pollCreated") turn.change({ totals: { ...totals, polls: totals.polls + 1 } });
  turn.record(name, poll);
}
