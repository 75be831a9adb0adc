/** What is counted over conferences, for statistics and for the operator. */
import { type Conference, isCall } from "./conference.ts";
import type { OutputKind } from "./recording-job.ts";

/** Without those of the hidden domain. */
export function participantsOf({ members }: Conference): number {
  return [...members.values()].filter(({ hidden }) => !hidden).length;
}

export function callsOf({ members }: Conference): number {
  return [...members.values()].filter(isCall).length;
}

/** Recordings or streams that clients are shown as under way. */
export function activeIn(states: readonly Conference[], kind: OutputKind): number {
  const showings = states.flatMap(({ recordings }) => [...recordings.showings.values()]);
  return showings.filter((showing) => showing.kind === kind && showing.status !== "off").length;
}
