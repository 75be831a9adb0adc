import type { VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { constraintOf, type ReceiverConstraints } from "./constraints.ts";
import { type Ladder, type Layer, makeLadder, type SourceFlow } from "./layers.ts";
import { limits } from "./limits.ts";
import { orderSources, priorityOf } from "./source-order.ts";

/** A video source that could be forwarded to a receiver. */
export type VideoCandidate = {
  readonly name: string;
  readonly owner: string;
  readonly flow: SourceFlow;
  readonly videoType: VideoType;
  /** False while it is muted by its owner or by a moderator. */
  readonly isSending: boolean;
  /** What the receiver has of it now: it is kept longer than it would be given. */
  readonly present?: LayerNumbers | undefined;
};

export type LayerNumbers = { readonly spatial: number; readonly temporal: number };

/** Why a receiver gets what it gets. */
export type Verdict =
  | "as-wanted"
  | "less-than-wanted"
  | "oversending"
  | "trying"
  | "no-bandwidth"
  | "beyond-last-n"
  | "not-wanted"
  | "not-sending";

export type VideoAllocation = {
  readonly name: string;
  /** What the receiver wants of it: 0 nothing, -1 all there is. A muted source keeps it, so that unmuting is quick. */
  readonly wantedHeight: number;
  readonly layer: Layer | undefined;
  /** What the media engine is asked for. */
  readonly ask: LayerNumbers;
  /** 1 to 255. */
  readonly priority: number;
  readonly idealBps: number;
  readonly verdict: Verdict;
};

export type Allocation = {
  /** In the order in which sources were thought of. */
  readonly sources: readonly VideoAllocation[];
  readonly targetBps: number;
  readonly idealBps: number;
  readonly isOversending: boolean;
  /** A source that has to be sent, for the estimate to show whether it fits: nothing else flows, or all of it is too little. */
  readonly toTry: string | undefined;
};

export type AllocationQuestion = {
  readonly candidates: readonly VideoCandidate[];
  readonly constraints: ReceiverConstraints;
  readonly speechOrder: readonly string[];
  /** The least of what everybody allows; -1: no limit. */
  readonly lastN: number;
  /** For pictures; undefined while nothing is known of the line. */
  readonly availableBps: number | undefined;
  /** The line had less room a while ago: what was taken away comes back only where there is plenty. */
  readonly isCautious: boolean;
  /** One that does not fit is sent all the same, with no word to the media engine to think the line better than it is. */
  readonly isTrying: boolean;
};

/**
 * Nothing is raised into this part of the bandwidth, but what is there already stays in it: an estimate that wavers by
 * less doesn't make pictures come and go.
 */
const raiseMargin = 0.15;
const cautiousMargin = 0.5;

/** Whether the line took something of a source that was there before. */
export function isFall(had: LayerNumbers | undefined, { layer, verdict }: VideoAllocation): boolean {
  if (!had || verdict === "as-wanted") return false;
  if (!layer) return verdict === "no-bandwidth";
  return layer.spatial < had.spatial || (layer.spatial === had.spatial && layer.temporal < had.temporal);
}

/** How far up its ladder a source has come; -1: nothing of it. */
type Climb = {
  readonly candidate: VideoCandidate;
  readonly ladder: Ladder;
  readonly isOnStage: boolean;
  readonly kept: number;
  step: number;
};

/**
 * What one receiver gets of each source, within its bandwidth. Sources on stage are brought to their preferred layer
 * before anybody else has anything; then each gets its lowest, in order; then all are raised, step by step in turns.
 */
export function allocate(question: AllocationQuestion): Allocation {
  const { constraints, speechOrder } = question;
  const order = orderSources(question.candidates, constraints, speechOrder);
  const wishes = chooseWithin(order, constraints, question.lastN);
  const climbs = new Map<string, Climb>();
  for (const [index, candidate] of order.entries())
    if (wishes[index] === "wanted") climbs.set(candidate.name, startClimb(candidate, constraints));
  const margin = question.isCautious ? cautiousMargin : raiseMargin;
  const budget = new Budget(question.availableBps ?? Number.POSITIVE_INFINITY, margin);
  climb([...climbs.values()], budget);
  const toTry = findToTry([...climbs.values()], budget);
  if (toTry && question.isTrying) budget.try(toTry);

  let idealBps = 0;
  const sources = order.map((candidate, index): VideoAllocation => {
    const wish = wishes[index] ?? "not-wanted";
    const isWanted = wish === "wanted" || wish === "not-sending";
    const one = climbs.get(candidate.name);
    const ideal = one?.ladder.steps.at(-1)?.bitrateBps ?? 0;
    idealBps += ideal;
    return {
      name: candidate.name,
      wantedHeight: isWanted ? constraintOf(constraints, candidate.name).maxHeight : 0,
      layer: one?.ladder.steps[one.step],
      ask: one ? askOf(one) : { spatial: 0, temporal: 0 },
      priority: priorityOf(candidate, constraints, speechOrder),
      idealBps: ideal,
      verdict: wish === "wanted" && one ? judge(one, budget) : (wish as Verdict),
    };
  });
  return {
    sources,
    targetBps: budget.usedBps,
    idealBps,
    isOversending: budget.oversent !== undefined,
    toTry: toTry?.candidate.name,
  };
}

/** Which of them are wanted at all. Only what is sent takes a place of last-N. */
function chooseWithin(
  order: readonly VideoCandidate[],
  constraints: ReceiverConstraints,
  lastN: number,
): readonly ("wanted" | "beyond-last-n" | "not-wanted" | "not-sending")[] {
  let room = lastN < 0 ? Number.POSITIVE_INFINITY : lastN;
  return order.map(({ name, isSending }) => {
    if (constraintOf(constraints, name).maxHeight === 0) return "not-wanted";
    if (room <= 0) return "beyond-last-n";
    if (!isSending) return "not-sending";
    room -= 1;
    return "wanted";
  });
}

function startClimb(candidate: VideoCandidate, constraints: ReceiverConstraints): Climb {
  const ladder = makeLadder(candidate.flow, candidate.videoType, constraintOf(constraints, candidate.name));
  const { present } = candidate;
  const kept = present ? ladder.steps.findLastIndex((step) => isWithin(step, present)) : -1;
  return { candidate, ladder, isOnStage: constraints.onStageSources.includes(candidate.name), kept, step: -1 };
}

function isWithin(step: Layer, present: LayerNumbers): boolean {
  return step.spatial < present.spatial || (step.spatial === present.spatial && step.temporal <= present.temporal);
}

class Budget {
  usedBps = 0;
  /** What was taken although there was no room for it. */
  oversent: Climb | undefined;
  tried: Climb | undefined;
  readonly #keepBps: number;
  readonly #raiseBps: number;

  constructor(availableBps: number, margin: number) {
    this.#keepBps = Math.max(0, availableBps);
    this.#raiseBps = this.#keepBps / (1 + margin);
  }

  /** Takes one step if there is room for it. */
  raise(one: Climb): boolean {
    const next = one.ladder.steps[one.step + 1];
    if (!next) return false;
    const usedBps = this.#after(one, next);
    if (usedBps > (one.step + 1 <= one.kept ? this.#keepBps : this.#raiseBps)) return false;
    this.usedBps = usedBps;
    one.step += 1;
    return true;
  }

  /** The lowest of a source on stage goes into the margin, and a little beyond. */
  force(one: Climb): boolean {
    const lowest = one.ladder.steps[0];
    if (!lowest) return false;
    const usedBps = this.#after(one, lowest);
    if (usedBps > this.#keepBps + limits.oversendBps) return false;
    if (usedBps > this.#keepBps) this.oversent ??= one;
    this.usedBps = usedBps;
    one.step = 0;
    return true;
  }

  try(one: Climb): void {
    const lowest = one.ladder.steps[0];
    if (!lowest) return;
    this.usedBps = this.#after(one, lowest);
    this.tried = one;
    one.step = 0;
  }

  /** Whether there would not be room for it even if it were alone. */
  isBeyond(one: Climb): boolean {
    return (one.ladder.steps[0]?.bitrateBps ?? 0) > this.#raiseBps;
  }

  #after(one: Climb, next: Layer): number {
    return this.usedBps - (one.ladder.steps[one.step]?.bitrateBps ?? 0) + next.bitrateBps;
  }
}

function climb(climbs: readonly Climb[], budget: Budget): void {
  const onStage = climbs.filter((one) => one.isOnStage);
  for (const one of onStage) if (!budget.force(one)) return;
  if (budget.oversent) return;
  for (const one of onStage) while (one.step < one.ladder.preferred && budget.raise(one));
  // Thumbnails that a little more bandwidth would take away again, for the stage, are better not begun.
  if (onStage.some((one) => one.step < one.ladder.preferred)) return;
  for (const one of climbs) if (one.step < 0) budget.raise(one);
  for (let hasRisen = true; hasRisen; ) {
    hasRisen = false;
    for (const one of climbs) if (one.step >= 0 && budget.raise(one)) hasRisen = true;
  }
}

function findToTry(climbs: readonly Climb[], budget: Budget): Climb | undefined {
  if (budget.oversent) return undefined;
  const dark = climbs.filter((one) => one.step < 0);
  return dark.length === climbs.length ? dark[0] : dark.find((one) => budget.isBeyond(one));
}

/** Who has all that flows is asked for all that is wanted: what begins to flow then needs no further word. */
function askOf({ ladder, step }: Climb): LayerNumbers {
  if (step >= ladder.steps.length - 1) return ladder.top;
  const { spatial = 0, temporal = 0 } = ladder.steps[step] ?? {};
  return { spatial, temporal };
}

function judge(one: Climb, { oversent, tried }: Budget): Verdict {
  if (one === tried) return "trying";
  if (one.step < 0) return "no-bandwidth";
  if (one === oversent) return "oversending";
  return one.step < one.ladder.steps.length - 1 ? "less-than-wanted" : "as-wanted";
}
