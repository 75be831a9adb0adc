import type { CaptureMode } from "./recording-job.ts";

/** A recorder as it says of itself. */
export type RecorderView = {
  readonly id: string;
  readonly instance: string;
  readonly healthy: boolean;
  readonly draining: boolean;
  readonly compositeFull: boolean;
  readonly tracksFull: boolean;
};

/** The recorders of the installation, and the jobs that wait for one, of all rooms. */
export type RecorderPool = {
  readonly recorders: readonly RecorderView[];
  /** The oldest first. */
  readonly waiting: readonly { readonly job: string; readonly mode: CaptureMode }[];
  /** What was not heard before proves nothing: NATS was away. Infinity: it is. */
  readonly trustedFromMs: number;
};

export const noRecorders: RecorderPool = { recorders: [], waiting: [], trustedFromMs: 0 };

/** Those that take jobs, now or later. */
export function recordersAtWork({ recorders }: RecorderPool): readonly RecorderView[] {
  return recorders.filter(({ healthy, draining }) => healthy && !draining);
}

export function isFull(pool: RecorderPool, mode: CaptureMode): boolean {
  return recordersAtWork(pool).every((one) => (mode === "composite" ? one.compositeFull : one.tracksFull));
}

/** Jobs of one kind that wait: those with a picture do not stand in the way of those without. */
export function lineOf({ waiting }: RecorderPool, mode: CaptureMode): readonly string[] {
  return waiting.filter((one) => isSameLine(one.mode, mode)).map(({ job }) => job);
}

/** 1: next. One that is not in the line yet is its last. */
export function placeInLine(pool: RecorderPool, mode: CaptureMode, job: string): number {
  const line = lineOf(pool, mode);
  const at = line.indexOf(job);
  return at < 0 ? line.length + 1 : at + 1;
}

function isSameLine(a: CaptureMode, b: CaptureMode): boolean {
  return (a === "composite") === (b === "composite");
}
