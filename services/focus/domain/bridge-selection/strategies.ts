import type { SelectionStrategy } from "./question.ts";
import { chooseByRegion } from "./region-based.ts";
import { chooseSingle } from "./single.ts";
import { chooseSplit } from "./split.ts";

/** By the names that Jicofo gives them (focus.md 3.11). */
export const strategies = {
  SingleBridgeSelectionStrategy: chooseSingle,
  SplitBridgeSelectionStrategy: chooseSplit,
  RegionBasedBridgeSelectionStrategy: chooseByRegion,
} as const satisfies Readonly<Record<string, SelectionStrategy>>;

export type StrategyName = keyof typeof strategies;
