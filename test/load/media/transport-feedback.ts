/**
 * What a receiver tells of arrivals, so that the sender can estimate the bandwidth:
 * draft-holmer-rmcat-transport-wide-cc-extensions-01.
 */

const head = { first: 0x8f, type: 205 } as const;
const ticksPerMs = 4;
const referenceMs = 64;
const symbolsPerChunk = 7;
const status = { lost: 0, small: 1, large: 2 } as const;
/** What one report may cover; beyond it, arrivals are as good as unknown. */
const spanAtMost = 2_000;

export class Arrivals {
  readonly #times = new Map<number, number>();
  #base: number | undefined;
  #latest = 0;
  #reports = 0;

  /** `sequence` is transport-wide and has 16 bits. */
  add(sequence: number, atMs: number): void {
    const base = this.#base;
    if (base === undefined) this.#base = this.#latest = sequence;
    const unwrapped = unwrap(sequence, this.#latest);
    if (unwrapped < (this.#base ?? 0)) return;
    this.#latest = Math.max(this.#latest, unwrapped);
    this.#times.set(unwrapped, atMs);
  }

  /** What has arrived since the last report; undefined where nothing did. */
  report(own: number, media: number): Buffer | undefined {
    if (this.#times.size === 0 || this.#base === undefined) return undefined;
    const first = Math.max(this.#base, this.#latest - spanAtMost);
    const reference = Math.floor(Math.min(...this.#times.values()) / referenceMs);
    const symbols: number[] = [];
    const deltas: number[] = [];
    let before = reference * referenceMs * ticksPerMs;
    for (let sequence = first; sequence <= this.#latest; sequence++) {
      const at = this.#times.get(sequence);
      const delta = at === undefined ? undefined : Math.round(at * ticksPerMs) - before;
      if (delta === undefined || Math.abs(delta) > 0x7fff) symbols.push(status.lost);
      else {
        symbols.push(delta >= 0 && delta <= 0xff ? status.small : status.large);
        deltas.push(delta);
        before += delta;
      }
    }
    const report = write({ own, media, first, reference, count: this.#reports++, symbols, deltas });
    this.#times.clear();
    this.#base = this.#latest + 1;
    return report;
  }
}

type Written = {
  readonly own: number;
  readonly media: number;
  readonly first: number;
  readonly reference: number;
  readonly count: number;
  readonly symbols: readonly number[];
  readonly deltas: readonly number[];
};

function write({ own, media, first, reference, count, symbols, deltas }: Written): Buffer {
  const chunks = Math.ceil(symbols.length / symbolsPerChunk);
  const deltaBytes = deltas.reduce((sum, delta) => sum + (isSmall(delta) ? 1 : 2), 0);
  const length = 20 + chunks * 2 + deltaBytes;
  const report = Buffer.alloc(Math.ceil(length / 4) * 4);
  report[0] = head.first;
  report[1] = head.type;
  report.writeUInt16BE(report.length / 4 - 1, 2);
  report.writeUInt32BE(own, 4);
  report.writeUInt32BE(media, 8);
  report.writeUInt16BE(first & 0xffff, 12);
  report.writeUInt16BE(symbols.length, 14);
  report.writeUIntBE(reference & 0xff_ffff, 16, 3);
  report[19] = count & 0xff;
  let at = 20;
  for (let chunk = 0; chunk < chunks; chunk++, at += 2) {
    const of = symbols.slice(chunk * symbolsPerChunk, (chunk + 1) * symbolsPerChunk);
    report.writeUInt16BE(
      of.reduce((bits, symbol, index) => bits | (symbol << (12 - index * 2)), 0xc000),
      at,
    );
  }
  for (const delta of deltas) {
    if (isSmall(delta)) report[at++] = delta;
    else at = report.writeInt16BE(delta, at);
  }
  return report;
}

function isSmall(delta: number): boolean {
  return delta >= 0 && delta <= 0xff;
}

function unwrap(sequence: number, near: number): number {
  const around = near - (near & 0xffff) + sequence;
  if (around - near > 0x8000) return around - 0x1_0000;
  return near - around > 0x8000 ? around + 0x1_0000 : around;
}
