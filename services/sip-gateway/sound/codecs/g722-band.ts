/** One of the two bands of G.722 (ITU-T G.722 11/88, 3.6): an adaptive predictor and the step of its quantiser. */

/** Of the lower band, by four bits, and of the upper one, by two. */
const lowSteps = [
  0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0,
] as const;
const highSteps = [-7408, -1616, 7408, 1616] as const;
const lowWeights = [-60, -30, 58, 172, 334, 538, 1198, 3042] as const;
const lowWeightOf = [0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0] as const;
const highWeights = [798, -214, 798, -214] as const;
const logarithms = [
  2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025,
  3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
] as const;

type Kind = {
  readonly steps: readonly number[];
  readonly weightOf: (code: number) => number;
  readonly most: number;
  readonly shift: number;
  readonly firstStep: number;
};

const kinds = {
  low: {
    steps: lowSteps,
    weightOf: (code: number) => lowWeights[lowWeightOf[code] ?? 0] ?? 0,
    most: 18_432,
    shift: 8,
    firstStep: 32,
  },
  high: { steps: highSteps, weightOf: (code: number) => highWeights[code] ?? 0, most: 22_528, shift: 10, firstStep: 8 },
} as const satisfies Record<string, Kind>;

export function saturate(value: number): number {
  return Math.max(-32_768, Math.min(32_767, value));
}

const zeros = 6;

export class Band {
  /** What the predictor expects, and the step of the quantiser. */
  prediction = 0;
  step: number;
  readonly #kind: Kind;
  #logStep = 0;
  #zeroPart = 0;
  #pole1 = 0;
  #pole2 = 0;
  #whole1 = 0;
  #whole2 = 0;
  #part1 = 0;
  #part2 = 0;
  readonly #differences = new Int32Array(zeros);
  readonly #weights = new Int32Array(zeros);

  constructor(kind: keyof typeof kinds) {
    this.#kind = kinds[kind];
    this.step = this.#kind.firstStep;
  }

  /** `code`: four bits of the lower band, two of the upper one. Returns the difference that it stands for. */
  adapt(code: number): number {
    const { steps, weightOf, most, shift } = this.#kind;
    const difference = (this.step * (steps[code] ?? 0)) >> 15;
    this.#logStep = Math.max(0, Math.min(most, ((this.#logStep * 127) >> 7) + weightOf(code)));
    const power = shift - (this.#logStep >> 11);
    const mantissa = logarithms[(this.#logStep >> 6) & 31] ?? 0;
    this.step = (power < 0 ? mantissa << -power : mantissa >> power) << 2;
    this.#predict(difference);
    return difference;
  }

  #predict(difference: number): void {
    const whole = saturate(this.prediction + difference);
    const part = saturate(this.#zeroPart + difference);
    this.#adaptPoles(part);
    this.#adaptZeros(difference);
    this.#whole2 = this.#whole1;
    this.#whole1 = whole;
    this.#part2 = this.#part1;
    this.#part1 = part;
    const poles =
      ((this.#pole1 * saturate(2 * this.#whole1)) >> 15) + ((this.#pole2 * saturate(2 * this.#whole2)) >> 15);
    this.prediction = saturate(saturate(poles) + this.#zeroPart);
  }

  #adaptPoles(part: number): void {
    const isLike1 = part < 0 === this.#part1 < 0;
    const isLike2 = part < 0 === this.#part2 < 0;
    const slope = saturate(this.#pole1 * 4);
    const second =
      (Math.min(32_767, isLike1 ? -slope : slope) >> 7) + (isLike2 ? 128 : -128) + ((this.#pole2 * 32_512) >> 15);
    this.#pole2 = Math.max(-12_288, Math.min(12_288, second));
    const first = saturate((isLike1 ? 192 : -192) + ((this.#pole1 * 32_640) >> 15));
    const bound = saturate(15_360 - this.#pole2);
    this.#pole1 = Math.max(-bound, Math.min(bound, first));
  }

  #adaptZeros(difference: number): void {
    const gain = difference === 0 ? 0 : 128;
    const differences = this.#differences;
    const weights = this.#weights;
    let sum = 0;
    for (let at = 0; at < zeros; at += 1) {
      const isLike = difference < 0 === (differences[at] ?? 0) < 0;
      weights[at] = saturate((isLike ? gain : -gain) + (((weights[at] ?? 0) * 32_640) >> 15));
    }
    differences.copyWithin(1, 0, zeros - 1);
    differences[0] = difference;
    for (let at = zeros - 1; at >= 0; at -= 1) sum += ((weights[at] ?? 0) * saturate(2 * (differences[at] ?? 0))) >> 15;
    this.#zeroPart = saturate(sum);
  }
}
