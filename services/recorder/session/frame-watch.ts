/** Whether so many frames are dropped that people would see it, over the last while. */

const windowMs = 15_000;
const leastShare = 0.05;
/** Fewer say nothing. */
const leastFrames = 50;

/** Since the capture began. */
export type FrameFigures = { readonly frames: number; readonly droppedFrames: number };

export class FrameWatch {
  #seen: readonly (FrameFigures & { readonly atMs: number })[] = [];

  see({ frames, droppedFrames }: FrameFigures, atMs: number): void {
    this.#seen = [...this.#seen.filter((one) => atMs - one.atMs <= windowMs), { frames, droppedFrames, atMs }];
  }

  get warning(): string | undefined {
    const first = this.#seen[0];
    const last = this.#seen.at(-1);
    if (!first || !last) return undefined;
    const dropped = last.droppedFrames - first.droppedFrames;
    const all = last.frames - first.frames + dropped;
    if (all < leastFrames || dropped / all < leastShare) return undefined;
    return `frames-dropped: one frame in ${Math.max(1, Math.round(all / dropped))} is dropped, the machine is too busy`;
  }
}
