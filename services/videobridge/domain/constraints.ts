/** What a receiver wants to see: the state behind its ReceiverVideoConstraints messages. */
import { limits } from "./limits.ts";

export type VideoConstraint = {
  /** The smaller dimension in pixels; 0: nothing; -1: no limit. */
  readonly maxHeight: number;
  /** -1: no limit. */
  readonly maxFrameRate: number;
};

export type ReceiverConstraints = {
  /** -1: all. */
  readonly lastN: number;
  readonly selectedSources: readonly string[];
  readonly onStageSources: readonly string[];
  readonly defaultConstraint: VideoConstraint;
  readonly constraints: ReadonlyMap<string, VideoConstraint>;
  /** What it takes its line for; -1: it doesn't say. */
  readonly assumedBandwidthBps: number;
};

/** A field that is absent keeps its earlier value. */
export type ConstraintsUpdate = {
  readonly lastN?: number;
  readonly selectedSources?: readonly string[];
  readonly onStageSources?: readonly string[];
  readonly defaultConstraint?: VideoConstraint;
  readonly constraints?: ReadonlyMap<string, VideoConstraint>;
  readonly assumedBandwidthBps?: number;
};

export const thumbnailHeight = 180;

/**
 * Before the first message everybody gets thumbnails: the first picture then doesn't wait for the bridge channel, and a
 * thumbnail is what a client asks for first.
 */
export const initialConstraints: ReceiverConstraints = {
  lastN: -1,
  selectedSources: [],
  onStageSources: [],
  defaultConstraint: { maxHeight: thumbnailHeight, maxFrameRate: -1 },
  constraints: new Map(),
  assumedBandwidthBps: -1,
};

/** Until it says what it wants, nobody is given a whole crowd; its session's own last-N counts as said. */
export function lastNOf(constraints: ReceiverConstraints): number {
  return constraints === initialConstraints ? limits.picturesUnasked : constraints.lastN;
}

/** With the last-N that a session begins with, where the bridge channel has not yet said one. */
export function startConstraints(present: ReceiverConstraints, initialLastN: number | undefined): ReceiverConstraints {
  return present.lastN < 0 && initialLastN !== undefined ? { ...present, lastN: initialLastN } : present;
}

export function updateConstraints(present: ReceiverConstraints, update: ConstraintsUpdate): ReceiverConstraints {
  return { ...present, ...update };
}

export function constraintOf(constraints: ReceiverConstraints, source: string): VideoConstraint {
  return constraints.constraints.get(source) ?? constraints.defaultConstraint;
}

/** Heights in one order: -1, no limit, is the highest. */
export function comparableHeight(height: number): number {
  return height < 0 ? Number.POSITIVE_INFINITY : height;
}

export function maxHeight(heights: Iterable<number>): number {
  let highest = 0;
  for (const height of heights) if (comparableHeight(height) > comparableHeight(highest)) highest = height;
  return highest;
}

/** Which audio a receiver wants: everything, until it says otherwise. */
export type AudioSubscription =
  | { readonly type: "all"; readonly except: ReadonlySet<string> }
  | { readonly type: "only"; readonly sources: ReadonlySet<string> };

export const everyAudio: AudioSubscription = { type: "all", except: new Set() };

export function wantsAudio(subscription: AudioSubscription, source: string): boolean {
  return subscription.type === "all" ? !subscription.except.has(source) : subscription.sources.has(source);
}
