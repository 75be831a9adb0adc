import type { ReceiverConstraints } from "../../protocol/bridge-channel/messages.ts";
import type { Rect } from "./layout.ts";
import { heightClass, type TileModel } from "./tiles.ts";

/** A screen is there to be read: it comes as it is. */
const SCREEN_HEIGHT = 2160;
const SCREEN_IN_STRIP_HEIGHT = 360;

/** How much video there may be at all. */
export interface VideoLimits {
  /** Of cameras; screens are there to be read. */
  readonly height: number;
  /** Of who is shown large. */
  readonly largeHeight: number;
  /** Pictures at a time; below 0 without end. */
  readonly count: number;
  readonly isAudioOnly: boolean;
  /** Nobody looks: the page is in the background. */
  readonly isUnseen: boolean;
}

export interface Sight {
  readonly stage: readonly TileModel[];
  readonly others: readonly TileModel[];
  readonly rects: ReadonlyMap<string, Rect>;
  readonly spokeAt: ReadonlyMap<string, number>;
}

/** Heights by source: of what is in sight and within the limits, most wanted first. Nothing else is to be sent. */
export function wishesOf({ stage, others, rects, spokeAt }: Sight, limits: VideoLimits): ReadonlyMap<string, number> {
  if (limits.isUnseen) return new Map();
  const isWanted = ({ isSelf, kind }: TileModel) => !isSelf && (kind === "desktop" || !limits.isAudioOnly);
  const worth = ({ kind, endpoint }: TileModel) =>
    kind === "desktop" ? Number.MAX_SAFE_INTEGER : (spokeAt.get(endpoint) ?? 0);
  const ranked = [
    ...stage.filter(isWanted),
    ...(limits.isAudioOnly ? [] : others.filter(isWanted).toSorted((a, b) => worth(b) - worth(a))),
  ];
  const chosen = limits.count < 0 ? ranked : ranked.slice(0, limits.count);
  const large = new Set(stage);
  return new Map(
    chosen.map((tile) => {
      if (tile.kind === "desktop") return [tile.source, large.has(tile) ? SCREEN_HEIGHT : SCREEN_IN_STRIP_HEIGHT];
      const most = large.has(tile) ? limits.largeHeight : limits.height;
      return [tile.source, Math.min(most, heightClass(rects.get(tile.key)?.height ?? 0))];
    }),
  );
}

export function constraintsOf(
  wishes: ReadonlyMap<string, number>,
  stage: readonly TileModel[],
  lastN: number,
): ReceiverConstraints {
  return {
    // With nothing wished for this says the same once more, for bridges that mind only this.
    lastN: wishes.size === 0 ? 0 : lastN,
    onStageSources: stage.map(({ source }) => source).filter((source) => wishes.has(source)),
    selectedSources: [],
    defaultMaxHeight: 0,
    // In an order of their own, so that the same wishes are the same message whoever spoke last.
    maxHeights: Object.fromEntries([...wishes].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}
