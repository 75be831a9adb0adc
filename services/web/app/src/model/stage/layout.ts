import { type Area, bestGrid, capacityOf } from "./grid.ts";

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The filmstrip is beside the stage on a wide page, below it on a tall one. */
export interface Strip {
  readonly side: "end" | "bottom";
  readonly frame: Rect;
  readonly capacity: number;
  readonly tile: Area;
  /** How many stand abreast. */
  readonly lanes: number;
}

export const GAP = 8;
/** Along the strip, for the button to either end of it; kept free only where there is more than fits. */
export const STRIP_PAGER = 48;
export const STRIP_SHARE = { least: 0.1, most: 0.5, usual: 0.17 } as const;
/** Below the stage of a phone people stand closer: faces are in the middle of pictures. */
const STRIP_ASPECT = { end: 16 / 9, bottom: 1 } as const;
/** Thinner than this a strip shows nobody. */
const LEAST_ACROSS = { end: 112, bottom: 72 } as const;
/** A strip so many times as wide shows more people abreast rather than larger ones. */
const LANE = { end: 200, bottom: 130 } as const;

/** Where the strip is and how many it holds. `share` is its part of the page, as the user has drawn it. */
export function stripOf(area: Area, share: number, count: number): Strip {
  const side = area.width > area.height ? "end" : "bottom";
  const [whole, along] = side === "end" ? [area.width, area.height] : [area.height, area.width];
  const across = Math.min(Math.max(Math.round(whole * share), LEAST_ACROSS[side]), Math.floor(whole / 2));
  const lanes = Math.max(1, Math.floor(across / LANE[side]));
  const size = Math.floor((across - GAP * (lanes - 1)) / lanes);
  const tile =
    side === "end"
      ? { width: size, height: Math.round(size / STRIP_ASPECT.end) }
      : { width: Math.round(size * STRIP_ASPECT.bottom), height: size };
  const step = (side === "end" ? tile.height : tile.width) + GAP;
  const fitting = (free: number) => lanes * Math.max(1, Math.floor((free + GAP) / step));
  const capacity = fitting(along) >= count ? fitting(along) : fitting(along - 2 * STRIP_PAGER);
  const frame =
    side === "end"
      ? { x: area.width - across, y: 0, width: across, height: area.height }
      : { x: 0, y: area.height - across, width: area.width, height: across };
  return { side, frame, capacity, tile, lanes };
}

/** What the strip leaves. */
export function stageFrame(area: Area, strip: Strip | undefined): Rect {
  if (!strip) return { x: 0, y: 0, ...area };
  const { side, frame } = strip;
  return {
    x: 0,
    y: 0,
    width: Math.max(0, side === "end" ? frame.x - GAP : area.width),
    height: Math.max(0, side === "bottom" ? frame.y - GAP : area.height),
  };
}

/** Rows in the middle of the frame, a shorter last row in the middle of its line. */
export function alike(keys: readonly string[], frame: Rect): ReadonlyMap<string, Rect> {
  const { columns, tileWidth, tileHeight } = bestGrid(keys.length, frame, GAP);
  return rows(keys, frame, { columns, width: tileWidth, height: tileHeight });
}

/** Who is large fills the frame; several share it. */
export function onStage(keys: readonly string[], frame: Rect): ReadonlyMap<string, Rect> {
  const [only] = keys;
  return keys.length === 1 && only !== undefined ? new Map([[only, frame]]) : alike(keys, frame);
}

export function inStrip(keys: readonly string[], strip: Strip): ReadonlyMap<string, Rect> {
  const { side, frame, lanes, tile } = strip;
  if (side === "end") return rows(keys, frame, { columns: Math.min(lanes, keys.length), ...tile });
  return rows(keys, frame, { columns: Math.ceil(keys.length / lanes), ...tile });
}

interface Rows extends Area {
  readonly columns: number;
}

function rows(keys: readonly string[], frame: Rect, { columns, width, height }: Rows): ReadonlyMap<string, Rect> {
  const contentHeight = Math.ceil(keys.length / columns) * (height + GAP) - GAP;
  const top = frame.y + Math.max(0, Math.floor((frame.height - contentHeight) / 2));
  const rects = keys.map((key, index): [string, Rect] => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, keys.length - row * columns);
    const left = frame.x + Math.max(0, Math.floor((frame.width - inRow * (width + GAP) + GAP) / 2));
    return [key, { x: left + (index % columns) * (width + GAP), y: top + row * (height + GAP), width, height }];
  });
  return new Map(rects);
}

export function pageCapacity(area: Area): number {
  return capacityOf(area, GAP);
}
