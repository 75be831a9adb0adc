/** How hard the machine has had to work for some seconds, as far as its browser tells. */
export interface Effort {
  readonly windowMs: number;
  /** In tasks too long to answer a click in between. */
  readonly longTasksMs: number;
  readonly framesDecoded: number;
  readonly framesDropped: number;
  /** The browser sends a smaller picture than it might because the processor has no time. */
  readonly isSendingCut: boolean;
  /** What the system itself says (W3C Compute Pressure). */
  readonly pressure: "nominal" | "fair" | "serious" | "critical" | undefined;
}

/** Windows looked at together: one bad moment is no slow machine. */
export const WINDOWS = 4;
const STRAINED_WINDOWS = 3;
/** So that a page that has just been opened, or has three frames to show, is not judged by them. */
const LEAST_FRAMES = 60;
const ENOUGH = 2;

/** 0 for a machine at ease; from 2 on it is too much. */
export function strainOf(effort: Effort): number {
  const busy = effort.longTasksMs / effort.windowMs;
  const frames = effort.framesDecoded + effort.framesDropped;
  const lost = frames < LEAST_FRAMES ? 0 : effort.framesDropped / frames;
  const pressure = { critical: 2, serious: 1, fair: 0, nominal: 0 }[effort.pressure ?? "nominal"];
  return step(busy, 0.25, 0.5) + step(lost, 0.15, 0.35) + (effort.isSendingCut ? 1 : 0) + pressure;
}

export function isStrained(latest: readonly Effort[]): boolean {
  const last = latest.slice(-WINDOWS);
  return last.filter((effort) => strainOf(effort) >= ENOUGH).length >= STRAINED_WINDOWS;
}

function step(value: number, some: number, much: number): number {
  return value >= much ? 2 : value >= some ? 1 : 0;
}
