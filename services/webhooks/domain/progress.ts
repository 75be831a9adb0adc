/** How delivery to one endpoint goes: what follows from each outcome. Times are milliseconds since the epoch, 0: none. */

export type Progress = {
  readonly id: string;
  /** Tries that failed in a row, since when, and when the next one is. */
  readonly failures: number;
  readonly failingSinceMs: number;
  readonly nextTryMs: number;
  /** The fact they were about, and what went wrong with the last. */
  readonly failedEvent: string;
  readonly failure: string;
  readonly delivered: number;
  readonly lastDeliveredMs: number;
  readonly disabledMs: number;
  readonly disabledReason: string;
};

export type Rules = {
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** Failing for so long disables. */
  readonly giveUpMs: number;
};

export type Failure = {
  readonly event: string;
  readonly failure: string;
  /** The receiver asked for at least so long a pause. */
  readonly retryAfterMs?: number;
};

const well = { failures: 0, failingSinceMs: 0, nextTryMs: 0, failedEvent: "", failure: "" } as const;

export function beginning(id: string): Progress {
  return { id, ...well, delivered: 0, lastDeliveredMs: 0, disabledMs: 0, disabledReason: "" };
}

export function delivered(progress: Progress, count: number, lastMs: number): Progress {
  const lastDeliveredMs = Math.max(progress.lastDeliveredMs, lastMs);
  return { ...progress, ...well, delivered: progress.delivered + count, lastDeliveredMs };
}

/** `random` is in [0, 1). The last try is when the time is over, and disables if it fails too. */
export function failed(progress: Progress, failure: Failure, nowMs: number, random: number, rules: Rules): Progress {
  const failures = progress.failures + 1;
  const failingSinceMs = progress.failingSinceMs || nowMs;
  const endMs = failingSinceMs + rules.giveUpMs;
  const pauseMs = Math.max(pauseAfter(failures, random, rules), failure.retryAfterMs ?? 0);
  const now = {
    ...progress,
    failures,
    failingSinceMs,
    nextTryMs: Math.min(nowMs + pauseMs, endMs),
    failedEvent: failure.event,
    failure: failure.failure,
  };
  return nowMs >= endMs ? disabled(now, "failing", nowMs) : now;
}

/** The receiver wants nothing any more. */
export function gone(progress: Progress, event: string, nowMs: number): Progress {
  return disabled({ ...progress, failedEvent: event, failure: "410 Gone" }, "gone", nowMs);
}

/** Tried at once, with all of its time before it. */
export function enabled(progress: Progress): Progress {
  return { ...progress, ...well, disabledMs: 0, disabledReason: "" };
}

export function isDisabled(progress: Progress): boolean {
  return progress.disabledMs > 0;
}

/** Whether something may be sent now. */
export function isOpen(progress: Progress, nowMs: number): boolean {
  return !isDisabled(progress) && progress.nextTryMs <= nowMs;
}

/** Doubled from try to try; the later half of it by chance, so that those who failed together don't come back together. */
function pauseAfter(failures: number, random: number, { firstRetryMs, longestRetryMs }: Rules): number {
  const whole = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 40));
  return Math.round(whole / 2 + (whole / 2) * random);
}

function disabled(progress: Progress, disabledReason: string, nowMs: number): Progress {
  return { ...progress, disabledMs: nowMs, disabledReason };
}
