/** The picture of a file, small and at a steady rate: which colour is where, and when it flashes. */
import { type Color, nameColor } from "../identities.ts";
import { ffmpeg } from "./ffmpeg.ts";

const columns = 32;
const rows = 18;
const bands = 3;
const frameBytes = columns * rows * bands;
const framesPerSecond = 50;
/** Of a cell, between dark and bright, to be taken for flashing. */
const leastSwing = 60;

type Cell = { readonly column: number; readonly row: number };

export class Film {
  readonly #pixels: Buffer;
  readonly #startSeconds: number;

  private constructor(pixels: Buffer, startSeconds: number) {
    this.#pixels = pixels;
    this.#startSeconds = startSeconds;
  }

  /** All of it, or so many seconds from there. */
  static async read(path: string, from = 0, seconds?: number): Promise<Film> {
    const part = seconds === undefined ? [] : ["-t", String(seconds)];
    const filter = `fps=${framesPerSecond}:start_time=0,scale=${columns}:${rows}:flags=area,format=rgb24`;
    const input = ["-ss", String(from), ...part, "-i", path];
    return new Film(await ffmpeg([...input, "-an", "-vf", filter, "-f", "rawvideo", "-"]), from);
  }

  get seconds(): number {
    return this.#frames / framesPerSecond;
  }

  get #frames(): number {
    return Math.floor(this.#pixels.length / frameBytes);
  }

  /** The colour of a place, from 0 to 1 rightwards and downwards, or what it is instead. */
  colorAt(second: number, x: number, y: number): Color | string {
    const frame = this.#frameAt(second);
    const cell = { column: Math.floor(x * columns), row: Math.floor(y * rows) };
    return nameColor([0, 1, 2].map((band) => this.#value(frame, cell, band)).join(","));
  }

  /** How much of the picture each colour of the palette has at that time, from 0 to 1; what is none of them is left out. */
  shares(second: number): Map<string, number> {
    const frame = this.#frameAt(second);
    const shares = new Map<string, number>();
    for (const cell of cells()) {
      const name = nameColor([0, 1, 2].map((band) => this.#value(frame, cell, band)).join(","));
      if (!name.startsWith("rgb")) shares.set(name, (shares.get(name) ?? 0) + 1 / (columns * rows));
    }
    return shares;
  }

  /** The middle of all that has this colour, each from 0 to 1. */
  middleOf(color: Color, second: number): { readonly x: number; readonly y: number } | undefined {
    const frame = this.#frameAt(second);
    const found = [...cells()].filter(
      (cell) => nameColor([0, 1, 2].map((band) => this.#value(frame, cell, band)).join(",")) === color,
    );
    if (found.length === 0) return undefined;
    const mean = (of: (cell: Cell) => number) => found.reduce((sum, cell) => sum + of(cell), 0) / found.length;
    return { x: (mean(({ column }) => column) + 0.5) / columns, y: (mean(({ row }) => row) + 0.5) / rows };
  }

  /** When the cell that changes most between dark and bright becomes bright, in seconds of the file. */
  flashes(): number[] {
    const frames = Array.from({ length: this.#frames }, (_, frame) => frame);
    let best: { readonly series: readonly number[]; readonly dark: number; readonly bright: number } | undefined;
    for (const cell of cells()) {
      const series = frames.map((frame) => this.#brightness(frame, cell));
      const sorted = series.toSorted((one, other) => one - other);
      // The brightest tenth is the flash; one odd frame is none.
      const dark = sorted[Math.floor(sorted.length * 0.3)] ?? 0;
      const bright = sorted[Math.floor(sorted.length * 0.95)] ?? 0;
      if (!best || bright - dark > best.bright - best.dark) best = { series, dark, bright };
    }
    if (!best || best.bright - best.dark < leastSwing) return [];
    const middle = (best.bright + best.dark) / 2;
    const { series } = best;
    return frames
      .filter((frame) => frame > 0 && (series[frame] ?? 0) >= middle && (series[frame - 1] ?? 0) < middle)
      .map((frame) => this.#startSeconds + frame / framesPerSecond);
  }

  #frameAt(second: number): number {
    const frame = Math.round((second - this.#startSeconds) * framesPerSecond);
    if (frame < 0 || frame >= this.#frames)
      throw new RangeError(`expected a second of ${this.seconds} from ${this.#startSeconds}, found ${second}`);
    return frame;
  }

  #brightness(frame: number, cell: Cell): number {
    return (this.#value(frame, cell, 0) + this.#value(frame, cell, 1) + this.#value(frame, cell, 2)) / bands;
  }

  #value(frame: number, { column, row }: Cell, band: number): number {
    return this.#pixels[frame * frameBytes + (row * columns + column) * bands + band] ?? 0;
  }
}

function* cells(): Generator<Cell> {
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) yield { column, row };
}
