/** Where everybody is in the picture of a recording. Lengths are pixels of the page. */
import type { RecordingLayout } from "../../protocol/conference/recording.ts";
import type { Area } from "../stage/grid.ts";
import { alike, inStrip, type Rect, stageFrame, stripOf } from "../stage/layout.ts";

/** Who and what there is to see, by key. */
export interface Cast {
  /** Shared screens, the one that came last at the end. */
  readonly screens: readonly string[];
  /** Where they sit: who finds no room is at the end. */
  readonly people: readonly string[];
  readonly speaker: string | undefined;
}

export interface Arrangement {
  /** For the meeting's name and the time. */
  readonly bar: Rect;
  readonly large: string | undefined;
  /** Of what is in the picture, what is large first. */
  readonly boxes: ReadonlyMap<string, Rect>;
}

export const MAX_GRID = 25;
const BAR_SHARE = 28 / 720;
const STRIP_SHARE = 0.17;
const BESIDE_SCREEN = { share: 0.14, count: 3 } as const;

export function arrange(layout: RecordingLayout, cast: Cast, { width, height }: Area): Arrangement {
  const bar = { x: 0, y: 0, width, height: Math.round(height * BAR_SHARE) };
  const area = { width, height: height - bar.height };
  const { large, boxes } = layout === "grid" ? grid(cast, area) : around(layout, cast, area);
  const below = new Map([...boxes].map(([key, rect]) => [key, { ...rect, y: rect.y + bar.height }]));
  return { bar, large, boxes: below };
}

type Boxes = Omit<Arrangement, "bar">;

function grid({ screens, people }: Cast, area: Area): Boxes {
  const shown = [...screens, ...people].slice(0, MAX_GRID);
  return { large: undefined, boxes: alike(shown, { x: 0, y: 0, ...area }) };
}

function around(layout: "speaker" | "screen", { screens, people, speaker }: Cast, area: Area): Boxes {
  const screen = screens.at(-1);
  const large = screen ?? (speaker !== undefined && people.includes(speaker) ? speaker : people[0]);
  if (large === undefined) return { large, boxes: new Map() };
  const beside = layout === "screen" && screen !== undefined ? BESIDE_SCREEN : undefined;
  const others = [...screens, ...people].filter((key) => key !== large);
  // What is large stands alone, where there is nothing beside it.
  if (others.length === 0) return { large, boxes: new Map([[large, { x: 0, y: 0, ...area }]]) };
  const strip = stripOf(area, beside?.share ?? STRIP_SHARE, 0);
  const room = beside ? Math.min(beside.count, strip.capacity) : strip.capacity;
  const seen = beside ? others.filter((key) => !screens.includes(key)) : others;
  return {
    large,
    boxes: new Map([[large, stageFrame(area, strip)], ...inStrip(seen.slice(0, room), strip)]),
  };
}
