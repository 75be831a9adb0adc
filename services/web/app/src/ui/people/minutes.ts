import { signal } from "@preact/signals-core";

const STEP_MS = 10_000;

const now = signal(Date.now());

/** Whole minutes; whoever shows them is drawn again when they change. */
export function minutesSince(time: number): number {
  return Math.max(0, Math.floor((now.value - time) / 60_000));
}

/** Lets the minutes run while somebody looks. */
export function runMinutes(): () => void {
  now.value = Date.now();
  const timer = setInterval(() => {
    now.value = Date.now();
  }, STEP_MS);
  return () => clearInterval(timer);
}
