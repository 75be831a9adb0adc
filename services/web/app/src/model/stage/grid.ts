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
/** Below this nobody is recognised: better let the page scroll. */
const MIN_TILE_WIDTH = 112;

/** The arrangement of equal tiles that shows most. */
export function bestGrid(count: number, { width, height }: Area, gap: number): Grid {
  let best: Grid = { columns: 1, tileWidth: 0, tileHeight: 0 };
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(count / columns);
    const tile = tileIn((width - gap * (columns - 1)) / columns, (height - gap * (rows - 1)) / rows);
    if (tile.width < MIN_TILE_WIDTH && columns > 1) continue;
    if (worthOf(tile.width, tile.height) > worthOf(best.tileWidth, best.tileHeight))
      best = { columns, tileWidth: tile.width, tileHeight: tile.height };
  }
  const smallest = Math.min(MIN_TILE_WIDTH, width);
  if (best.tileWidth >= smallest) return best;
  const columns = Math.max(1, Math.floor((width + gap) / (smallest + gap)));
  const tileWidth = Math.floor((width - gap * (columns - 1)) / columns);
  return { columns, tileWidth, tileHeight: Math.floor(tileWidth / (4 / 3)) };
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
