import type { Samples } from "../codecs/codec.ts";
import { columnsHz, digitAt, rowsHz } from "./digits.ts";

/** Looked at at a time, and how far on each time: the tones lie 70 Hz apart and last 40 ms at least (ITU-T Q.24). */
const blockMs = 25.625;
const stepMs = blockMs / 2;
/** So many looks one after the other must find the same key, and so many none before the same is pressed again. */
const looks = 2;
const pausedLooks = 3;
/** Nothing coming for so many frames of 20 ms, a key is no longer pressed. */
const pausedFrames = 50;
/** Below −36 dBov there is no key. */
const leastPower = 10 ** -3.6;
/** Of the power of all sound, what the two tones have: speech has more beside them. */
const leastShare = 0.62;
/** A column may be louder than its row by 4 dB, a row louder than its column by 8. */
const columnOverRow = 10 ** 0.4;
const rowOverColumn = 10 ** 0.8;
/** A tone is louder than the others of its group by 8 dB. */
const overOthers = 10 ** 0.8;
/** The voice has overtones: a key's tones are louder than theirs by 10 dB. */
const overOvertone = 10;

type Filter = { readonly hz: number; readonly turn: number };

/** Keys heard as tones in the sound (Goertzel's filters), where events were not agreed on. */
export class ToneDetector {
  readonly #block: number;
  readonly #step: number;
  readonly #rows: readonly Filter[];
  readonly #columns: readonly Filter[];
  readonly #rowOvertones: readonly Filter[];
  readonly #columnOvertones: readonly Filter[];
  #kept: Samples = new Float32Array(0);
  #seen = "";
  #seenLooks = 0;
  #pressed = "";
  #missed = 0;

  constructor(rateHz: number) {
    this.#block = Math.round((rateHz * blockMs) / 1_000);
    this.#step = Math.round((rateHz * stepMs) / 1_000);
    const filters = (all: readonly number[]) =>
      all.map((hz) => ({ hz, turn: 2 * Math.cos((2 * Math.PI * hz) / rateHz) }));
    this.#rows = filters(rowsHz);
    this.#columns = filters(columnsHz);
    this.#rowOvertones = filters(rowsHz.map((hz) => 2 * hz));
    this.#columnOvertones = filters(columnsHz.map((hz) => 2 * hz));
  }

  /** Keys that were pressed in it, each where it begins. */
  hear(samples: Samples): string {
    this.#missed = 0;
    const all = new Float32Array(this.#kept.length + samples.length);
    all.set(this.#kept);
    all.set(samples, this.#kept.length);
    let start = 0;
    let keys = "";
    for (; start + this.#block <= all.length; start += this.#step)
      keys += this.#look(all.subarray(start, start + this.#block));
    this.#kept = all.slice(start);
    return keys;
  }

  /** 20 ms of which nothing has come: a key that was pressed before and is after is pressed once. */
  miss(): void {
    this.#missed += 1;
    if (this.#missed < pausedFrames) return;
    this.#kept = new Float32Array(0);
    this.#seen = "";
    this.#seenLooks = 0;
    this.#pressed = "";
  }

  #look(block: Samples): string {
    const found = this.#find(block);
    this.#seenLooks = found === this.#seen ? this.#seenLooks + 1 : 1;
    this.#seen = found;
    if (this.#seenLooks < (found === "" ? pausedLooks : looks) || found === this.#pressed) return "";
    this.#pressed = found;
    return found;
  }

  #find(block: Samples): string {
    let power = 0;
    for (let at = 0; at < block.length; at += 1) power += (block[at] ?? 0) ** 2;
    power /= block.length;
    if (power < leastPower) return "";
    const row = loudest(block, this.#rows);
    const column = loudest(block, this.#columns);
    if (!row || !column) return "";
    if (row.power + column.power < leastShare * power) return "";
    if (column.power > row.power * columnOverRow || row.power > column.power * rowOverColumn) return "";
    if (row.power < overOvertone * powerAt(block, this.#rowOvertones[row.index])) return "";
    if (column.power < overOvertone * powerAt(block, this.#columnOvertones[column.index])) return "";
    return digitAt(row.index, column.index);
  }
}

/** Undefined: none stands out. */
function loudest(block: Samples, filters: readonly Filter[]) {
  const powers = filters.map((filter) => powerAt(block, filter));
  const power = Math.max(...powers);
  const index = powers.indexOf(power);
  return powers.every((other, at) => at === index || power >= overOthers * other) ? { index, power } : undefined;
}

/** Mean power of the sound at this frequency. */
function powerAt(block: Samples, filter: Filter | undefined): number {
  const turn = filter?.turn ?? 0;
  let before = 0;
  let last = 0;
  for (let at = 0; at < block.length; at += 1) {
    const now = (block[at] ?? 0) + turn * last - before;
    before = last;
    last = now;
  }
  return ((before * before + last * last - turn * before * last) * 2) / block.length ** 2;
}
