import type { FlvTag } from "./flv.ts";

export type QueueLimits = { readonly bytes: number; readonly ms: number };

/**
 * What waits for a target. Where it takes too little, what waits is given up, and the target goes on at the next key frame:
 * a stream that is late for good is of no use.
 */
export class PushQueue {
  readonly #limits: QueueLimits;
  #tags: { readonly tag: FlvTag; readonly at: number }[] = [];
  #bytes = 0;
  #needsKey = true;
  #isBehind = false;
  #droppedFrames = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Pictures that were given up since it began. */
  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  /** The next that is taken is a key frame. */
  get needsKey(): boolean {
    return this.#needsKey;
  }

  restart(): void {
    this.#tags = [];
    this.#bytes = 0;
    this.#needsKey = true;
    this.#isBehind = false;
  }

  /** A picture that is left out since a key frame has to come first. */
  skip(): void {
    if (this.#isBehind) this.#droppedFrames++;
  }

  /** Of one unit, a key frame's where one is needed. False where all was given up: parameters have to be said again. */
  add(tags: readonly FlvTag[], now: number): boolean {
    for (const tag of tags) {
      this.#needsKey = false;
      this.#tags.push({ tag, at: now });
      this.#bytes += tag.body.length;
    }
    const oldest = this.#tags[0]?.at ?? now;
    if (this.#bytes <= this.#limits.bytes && now - oldest <= this.#limits.ms) return true;
    this.#droppedFrames += this.#tags.filter(({ tag }) => tag.kind === "video" && !tag.isConfig).length;
    this.restart();
    this.#isBehind = true;
    return false;
  }

  take(): FlvTag | undefined {
    const next = this.#tags.shift();
    this.#bytes -= next?.tag.body.length ?? 0;
    return next?.tag;
  }
}
