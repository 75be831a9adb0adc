/** Reads bits, most significant first. What lies beyond the end is zero. */
export class Bits {
  readonly #data: Buffer;
  position: number;

  constructor(data: Buffer, position = 0) {
    this.#data = data;
    this.position = position;
  }

  get isBeyond(): boolean {
    return this.position > this.#data.length * 8;
  }

  read(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left -= 1) {
      const byte = this.#data[this.position >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.position & 7))) & 1);
      this.position += 1;
    }
    return value;
  }

  flag(): boolean {
    return this.read(1) === 1;
  }

  /** Exp-Golomb (ITU-T H.264 9.1). */
  unsigned(): number {
    let zeros = 0;
    while (zeros < 32 && !this.isBeyond && !this.flag()) zeros += 1;
    return zeros === 0 ? 0 : 2 ** zeros - 1 + this.read(zeros);
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 1 ? (value + 1) / 2 : -value / 2;
  }
}
