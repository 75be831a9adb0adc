import type { Samples } from "../codecs/codec.ts";

/** Samples in a row, put in as they come and taken out in frames. */
export class SampleQueue {
  #values: Samples = new Float32Array(4_096);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  put(samples: Samples): void {
    if (this.#end + samples.length > this.#values.length) this.#makeRoom(samples.length);
    this.#values.set(samples, this.#end);
    this.#end += samples.length;
  }

  /** As many as there are, at most. */
  take(count: number): Samples {
    const taken = this.#values.slice(this.#start, Math.min(this.#end, this.#start + count));
    this.#start += taken.length;
    return taken;
  }

  clear(): void {
    this.#start = 0;
    this.#end = 0;
  }

  #makeRoom(more: number): void {
    const kept = this.#values.subarray(this.#start, this.#end);
    const target = kept.length + more > this.#values.length ? new Float32Array(2 * (kept.length + more)) : this.#values;
    if (target === this.#values) this.#values.copyWithin(0, this.#start, this.#end);
    else target.set(kept);
    this.#values = target;
    this.#end = kept.length;
    this.#start = 0;
  }
}
