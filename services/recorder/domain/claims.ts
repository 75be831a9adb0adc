/** Which jobs a recorder takes, and which it takes over. Taking is a write that one of several recorders gets through. */
import { type Kind, type Limits, type Load, refusalOf, type Standing, withJob } from "./admission.ts";

/** A state not renewed for so long is anybody's. */
export const renewal = { everyMs: 1_000, lostAfterMs: 3_000 } as const;

/** The busier a recorder is, the longer it leaves a new job to others. */
const spread = { perJobMs: 100, atFullCpuMs: 200, mostMs: 1_000 } as const;

export type SeenJob = {
  readonly job: string;
  readonly kind: Kind;
  readonly createdMs: number;
  /** By the watcher's own clock. */
  readonly heardMs: number;
  /** It has an output. */
  readonly isWanted: boolean;
  readonly needsDisk: boolean;
};

export type SeenState = {
  readonly recorder: string;
  readonly instance: string;
  readonly finished: boolean;
  readonly attempt: number;
  readonly revision: number;
  /** When this renewal was heard, by the watcher's own clock. */
  readonly heardMs: number;
  /** It was there when this process began to watch. */
  readonly isFromBefore: boolean;
};

export type Me = { readonly recorder: string; readonly instance: string };

export type Claim =
  | { readonly type: "take"; readonly job: string }
  | { readonly type: "take-over"; readonly job: string; readonly revision: number; readonly attempt: number }
  /** Nobody wants it any more, and who had it is gone: it is said to be finished. */
  | { readonly type: "settle"; readonly job: string; readonly revision: number; readonly attempt: number };

export type View = {
  readonly jobs: readonly SeenJob[];
  readonly states: ReadonlyMap<string, SeenState>;
  /** Jobs this process has, or is about to have. */
  readonly held: ReadonlySet<string>;
  readonly load: Load;
  readonly limits: Limits;
  readonly standing: Standing;
};

/** Oldest first; a job there is no room for does not hold up one of the other kind. */
export function decideClaims(view: View, me: Me, nowMs: number): readonly Claim[] {
  const claims: Claim[] = [];
  let { load } = view;
  for (const job of [...view.jobs].sort(byAge)) {
    if (view.held.has(job.job)) continue;
    const state = view.states.get(job.job);
    if (state && !isFree(state, me, nowMs)) continue;
    if (!job.isWanted) {
      if (state) claims.push({ type: "settle", job: job.job, revision: state.revision, attempt: state.attempt });
      continue;
    }
    const isOwn = state !== undefined && isFormerSelf(state, me);
    // What was running here a moment ago has its room still, unless the process is about to end.
    if (isOwn ? view.standing.isDraining : refusalOf(job, load, view.limits, view.standing) !== undefined) continue;
    const since = state ? 0 : nowMs - job.heardMs;
    if (!state && since < waitMs(load)) continue;
    load = withJob(load, job.kind);
    claims.push(
      state
        ? { type: "take-over", job: job.job, revision: state.revision, attempt: state.attempt }
        : { type: "take", job: job.job },
    );
  }
  return claims;
}

/** Whether whoever had it has given it up, is gone, or was this recorder before it was started again. */
export function isFree(state: SeenState, me: Me, nowMs: number): boolean {
  if (state.finished) return false;
  if (state.recorder === "" || isFormerSelf(state, me)) return true;
  return nowMs - state.heardMs >= renewal.lostAfterMs;
}

/** Only what was there from the start: another process under the same name is another recorder. */
function isFormerSelf(state: SeenState, me: Me): boolean {
  return state.isFromBefore && state.recorder === me.recorder && state.instance !== me.instance;
}

export function waitMs(load: Load): number {
  const wait = (load.composites + load.tracks) * spread.perJobMs + load.cpuFraction * spread.atFullCpuMs;
  return load.composites + load.tracks === 0 ? 0 : Math.min(spread.mostMs, Math.round(wait));
}

function byAge(one: SeenJob, other: SeenJob): number {
  return one.createdMs - other.createdMs || (one.job < other.job ? -1 : 1);
}
