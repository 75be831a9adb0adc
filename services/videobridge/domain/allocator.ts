import { VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { comparableHeight, constraintOf, type ReceiverConstraints, type VideoConstraint } from "./constraints.ts";

/** A video source that could be forwarded to a receiver. */
export type VideoCandidate = {
  readonly name: string;
  readonly owner: string;
  /** Number of simulcast layers. */
  readonly layers: number;
  readonly videoType: VideoType;
  /** False while it is muted by its owner or by a moderator. */
  readonly isSending: boolean;
};

export type VideoAllocation = {
  readonly name: string;
  /** What the receiver wants of it: 0 nothing, -1 all there is. A muted source keeps it, so that unmuting is quick. */
  readonly wantedHeight: number;
  readonly isForwarded: boolean;
  readonly spatialLayer: number;
  readonly temporalLayer: number;
  /** 1 to 255: who gets bandwidth first. */
  readonly priority: number;
};

/** Jitsi's clients scale a 720p camera by 4, 2 and 1. */
const lowestLayerHeight = 180;
const topTemporalLayer = 2;

const priorities = { onStage: 255, selected: 200, dominant: 64, recent: 32, other: 1 } as const;
/** Owners beyond these share one priority: a change of speaker then touches a few consumers, not all. */
const recentSpeakers = 3;

/**
 * What one receiver gets of each source. On-stage sources come first, then selected ones, then the rest by who spoke
 * last; last-N cuts that order. Dividing the bandwidth among what is left is the media engine's, by priority.
 */
export function allocate(
  candidates: readonly VideoCandidate[],
  constraints: ReceiverConstraints,
  speechOrder: readonly string[],
): VideoAllocation[] {
  const onStage = new Set(constraints.onStageSources);
  const selected = new Set(constraints.selectedSources);
  const order = orderSources(candidates, constraints, speechOrder);
  let room = constraints.lastN < 0 ? Number.POSITIVE_INFINITY : constraints.lastN;
  return order.map((candidate) => {
    const constraint = constraintOf(constraints, candidate.name);
    const isWanted = room > 0 && constraint.maxHeight !== 0;
    if (isWanted && candidate.isSending) room -= 1;
    return {
      name: candidate.name,
      wantedHeight: isWanted ? constraint.maxHeight : 0,
      isForwarded: isWanted && candidate.isSending,
      spatialLayer: spatialLayer(candidate, constraint.maxHeight),
      temporalLayer: temporalLayer(constraint),
      priority: priorityOf(candidate, onStage, selected, speechOrder),
    };
  });
}

function orderSources(
  candidates: readonly VideoCandidate[],
  { onStageSources, selectedSources }: ReceiverConstraints,
  speechOrder: readonly string[],
): VideoCandidate[] {
  const ranks = new Map<string, number>();
  for (const name of [...onStageSources, ...selectedSources]) if (!ranks.has(name)) ranks.set(name, ranks.size);
  const chosen = ranks.size;
  const owners = new Map(speechOrder.map((owner, index) => [owner, chosen + index]));
  const rank = (candidate: VideoCandidate) =>
    ranks.get(candidate.name) ?? owners.get(candidate.owner) ?? chosen + speechOrder.length;
  return candidates.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

/** The highest layer that is no higher than wanted. A screen's lower layers are not to be read, so it has but its top. */
function spatialLayer({ layers, videoType }: VideoCandidate, wantedHeight: number): number {
  const top = Math.max(0, layers - 1);
  if (videoType === VideoType.DESKTOP && comparableHeight(wantedHeight) > lowestLayerHeight) return top;
  let layer = 0;
  while (layer < top && lowestLayerHeight * 2 ** (layer + 1) <= comparableHeight(wantedHeight)) layer += 1;
  return layer;
}

/** Three temporal layers halve the rate of 30 a second: 7.5, 15, 30. */
function temporalLayer({ maxFrameRate }: VideoConstraint): number {
  if (maxFrameRate < 0) return topTemporalLayer;
  if (maxFrameRate <= 7.5) return 0;
  return maxFrameRate <= 15 ? 1 : topTemporalLayer;
}

function priorityOf(
  { name, owner }: VideoCandidate,
  onStage: ReadonlySet<string>,
  selected: ReadonlySet<string>,
  speechOrder: readonly string[],
): number {
  if (onStage.has(name)) return priorities.onStage;
  if (selected.has(name)) return priorities.selected;
  const spoke = speechOrder.indexOf(owner);
  if (spoke === 0) return priorities.dominant;
  return spoke > 0 && spoke <= recentSpeakers ? priorities.recent : priorities.other;
}
