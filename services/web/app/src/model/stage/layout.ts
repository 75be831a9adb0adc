import { type Area, bestGrid } from "./grid.ts";

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  /** Larger than the area where there is more to see by scrolling. */
  readonly canvas: Area;
  readonly rects: ReadonlyMap<string, Rect>;
}

const STRIP_ASPECT = 16 / 9;

export function layoutTiles(keys: readonly string[], stage: string | undefined, area: Area, gap: number): Layout {
  return stage === undefined || !keys.includes(stage) ? alike(keys, area, gap) : oneLarge(keys, stage, area, gap);
}

/** Rows in the middle of the page, a shorter last row in the middle of its line. */
function alike(keys: readonly string[], area: Area, gap: number): Layout {
  const { columns, tileWidth, tileHeight } = bestGrid(keys.length, area, gap);
  const rows = Math.ceil(keys.length / columns);
  const contentHeight = rows * (tileHeight + gap) - gap;
  const top = Math.max(0, Math.floor((area.height - contentHeight) / 2));
  const rects = keys.map((key, index): [string, Rect] => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, keys.length - row * columns);
    const left = Math.floor((area.width - inRow * (tileWidth + gap) + gap) / 2);
    const x = left + (index % columns) * (tileWidth + gap);
    return [key, { x, y: top + row * (tileHeight + gap), width: tileWidth, height: tileHeight }];
  });
  return { canvas: { width: area.width, height: Math.max(area.height, contentHeight) }, rects: new Map(rects) };
}

/** The others line up beside the large one on a wide page, below it on a tall one. */
function oneLarge(keys: readonly string[], stage: string, area: Area, gap: number): Layout {
  const others = keys.filter((key) => key !== stage);
  const isWide = area.width > area.height;
  const stripWidth = isWide
    ? Math.round(Math.min(220, area.width * 0.2))
    : Math.round(Math.min(170, area.width * 0.42));
  const stripHeight = Math.round(stripWidth / STRIP_ASPECT);
  const hasStrip = others.length > 0;
  const large: Rect = {
    x: 0,
    y: 0,
    width: Math.max(0, area.width - (isWide && hasStrip ? stripWidth + gap : 0)),
    height: Math.max(0, area.height - (!isWide && hasStrip ? stripHeight + gap : 0)),
  };
  const length = others.length * ((isWide ? stripHeight : stripWidth) + gap) - gap;
  const start = Math.max(0, Math.floor(((isWide ? area.height : area.width) - length) / 2));
  const rects = others.map((key, index): [string, Rect] => {
    const along = start + index * ((isWide ? stripHeight : stripWidth) + gap);
    const [x, y] = isWide ? [large.width + gap, along] : [along, large.height + gap];
    return [key, { x, y, width: stripWidth, height: stripHeight }];
  });
  const canvas = isWide
    ? { width: area.width, height: Math.max(area.height, length) }
    : { width: Math.max(area.width, length), height: area.height };
  return { canvas, rects: new Map([[stage, large], ...rects]) };
}
