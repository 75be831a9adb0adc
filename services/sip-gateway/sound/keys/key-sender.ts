import { soundLimits } from "../limits.ts";
import { tickMs } from "../thread/ticker.ts";
import { digits, tonesOf } from "./digits.ts";

/** How long a key is pressed and then not, in ticks of 20 ms (ITU-T Q.24: at least 40 ms each). */
const pressedTicks = 6;
const pausedTicks = 5;
/** The end is said so often (RFC 4733 2.5.1.4). */
const ends = 3;
/** −10 dBm0. */
const volume = 10;
/** Of each of two tones. */
const amplitude = 0.2;

export type Pressed = {
  readonly digit: string;
  /** First tick of this press. */
  readonly isFirst: boolean;
  /** Ticks since the press began, this one counted. */
  readonly ticks: number;
};

/** Keys pressed towards the phone, one after the other. */
export class KeySender {
  #queue = "";
  #ticks = 0;

  press(keys: string): void {
    const known = [...keys.toUpperCase()].filter((key) => digits.includes(key)).join("");
    this.#queue = (this.#queue + known).slice(0, soundLimits.queuedKeys);
  }

  /** Once for each tick. Undefined: no key is pressed; "pause": between two. */
  next(): Pressed | "pause" | undefined {
    const digit = this.#queue[0];
    if (digit === undefined) return undefined;
    this.#ticks += 1;
    const ticks = this.#ticks;
    if (ticks <= pressedTicks) return { digit, isFirst: ticks === 1, ticks };
    if (ticks >= pressedTicks + pausedTicks) {
      this.#queue = this.#queue.slice(1);
      this.#ticks = 0;
    }
    return "pause";
  }
}

/** The packets of this tick; the last of a press is said thrice. */
export function eventPayloads({ digit, ticks }: Pressed, clockHz: number): readonly Buffer[] {
  const isLast = ticks === pressedTicks;
  const payload = Buffer.alloc(4);
  payload.writeUInt8(digits.indexOf(digit), 0);
  payload.writeUInt8((isLast ? 0x80 : 0) | volume, 1);
  payload.writeUInt16BE((ticks * tickMs * clockHz) / 1_000, 2);
  return Array.from({ length: isLast ? ends : 1 }, () => payload);
}

/** The same as sound. */
export function keyTone({ digit, ticks }: Pressed, rateHz: number): Float32Array {
  const count = rateHz / 50;
  const tones = tonesOf(digit) ?? [];
  return Float32Array.from({ length: count }, (_, at) => {
    const seconds = ((ticks - 1) * count + at) / rateHz;
    return tones.reduce((sum, hz) => sum + amplitude * Math.sin(2 * Math.PI * hz * seconds), 0);
  });
}
