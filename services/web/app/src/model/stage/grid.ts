export interface Area {
  readonly width: number;
  readonly height: number;
}

export interface Grid {
  readonly columns: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

const WIDEST = 16 / 9;
/** A face still fits when a wide picture is cropped to this. */
const TALLEST = 4 / 5;
/** Below this nobody is recognised: the others are on the next page. */
export const MIN_TILE: Area = { width: 106, height: 80 };
/** As many as Jitsi's tile view has; more people than that nobody looks at in one go. */
export const MAX_TILES = 49;

/** How many tiles one page has room for. */
export function capacityOf({ width, height }: Area, gap: number): number {
  const columns = Math.floor((width + gap) / (MIN_TILE.width + gap));
  const rows = Math.floor((height + gap) / (MIN_TILE.height + gap));
  return Math.min(MAX_TILES, Math.max(1, columns) * Math.max(1, rows));
}

/** The arrangement of equal tiles that shows most. */
export function bestGrid(count: number, { width, height }: Area, gap: number): Grid {
  let best: Grid = { columns: 1, tileWidth: 0, tileHeight: 0 };
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(count / columns);
    const tile = tileIn((width - gap * (columns - 1)) / columns, (height - gap * (rows - 1)) / rows);
    if (worthOf(tile.width, tile.height) > worthOf(best.tileWidth, best.tileHeight))
      best = { columns, tileWidth: tile.width, tileHeight: tile.height };
  }
  return best;
}

/** A large tile is worth something, a picture not cropped to its middle is worth something, too. */
function worthOf(width: number, height: number): number {
  return width * height * Math.sqrt(Math.min(1, width / height / WIDEST) || 0);
}

function tileIn(width: number, height: number): Area {
  const free = { width: Math.max(0, Math.floor(width)), height: Math.max(0, Math.floor(height)) };
  if (free.width / free.height > WIDEST) return { width: Math.floor(free.height * WIDEST), height: free.height };
  if (free.width / free.height < TALLEST) return { width: free.width, height: Math.floor(free.width / TALLEST) };
  return free;
}
