import type { ReceiverConstraints } from "./constraints.ts";

type Named = { readonly name: string; readonly owner: string };

const priorities = { onStage: 255, selected: 200, dominant: 64, recent: 32, other: 1 } as const;
/** Owners beyond these share one priority: a change of speaker then touches a few consumers, not all. */
const recentSpeakers = 3;

/**
 * On stage first, then selected, each as listed; then by who spoke last; then as they came: whoever joins takes nobody's
 * place, and where few are seen, all see the same few.
 */
export function orderSources<T extends Named>(
  sources: readonly T[],
  { onStageSources, selectedSources }: ReceiverConstraints,
  speechOrder: readonly string[],
): T[] {
  const ranks = new Map<string, number>();
  for (const name of [...onStageSources, ...selectedSources]) if (!ranks.has(name)) ranks.set(name, ranks.size);
  const chosen = ranks.size;
  const owners = new Map(speechOrder.map((owner, index) => [owner, chosen + index]));
  const ranked = sources.map((source) => ({
    source,
    rank: ranks.get(source.name) ?? owners.get(source.owner) ?? chosen + speechOrder.length,
  }));
  ranked.sort((a, b) => a.rank - b.rank);
  return ranked.map(({ source }) => source);
}

/** 1 to 255: who gets bandwidth first where the media engine has to decide in a hurry. */
export function priorityOf(
  { name, owner }: Named,
  { onStageSources, selectedSources }: ReceiverConstraints,
  speechOrder: readonly string[],
): number {
  if (onStageSources.includes(name)) return priorities.onStage;
  if (selectedSources.includes(name)) return priorities.selected;
  const spoke = speechOrder.indexOf(owner);
  if (spoke === 0) return priorities.dominant;
  return spoke > 0 && spoke <= recentSpeakers ? priorities.recent : priorities.other;
}
