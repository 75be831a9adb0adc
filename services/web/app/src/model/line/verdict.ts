/** Jitsi's five levels of a connection. */
export type LineLevel = "good" | "nonoptimal" | "poor" | "lost" | "inactive";

/** What stands in the way most, in terms a page can give advice on. */
export type LineTrouble =
  | { readonly kind: "loss-up" | "loss-down"; readonly percent: number }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "narrow-up"; readonly kbps: number }
  | { readonly kind: "narrow-down" | "interrupted" };

export interface LineFacts {
  readonly uploadLoss: number;
  readonly downloadLoss: number;
  readonly rttMs: number | undefined;
  /** While a camera is on. */
  readonly availableUploadKbps: number | undefined;
  /** Pictures the bridge holds back for want of room on our line. */
  readonly heldBack: number;
}

const GOOD = 30;
const NON_OPTIMAL = 10;
/** Nobody hears losses below this. */
const FELT_LOSS = 3;
const FELT_DELAY_MS = 300;
const NARROW_UP_KBPS = 250;
/** A line that has just got better has yet to prove it. */
const CLIMB_PER_SECOND = 2;

export function levelOf(quality: number): LineLevel {
  return quality >= GOOD ? "good" : quality >= NON_OPTIMAL ? "nonoptimal" : "poor";
}

/** 0 to 100: the worst of what can be wrong decides. */
export function qualityOf(facts: LineFacts): number {
  const { uploadLoss, downloadLoss, rttMs = 0, availableUploadKbps = Number.POSITIVE_INFINITY, heldBack } = facts;
  return Math.min(
    stepDown(Math.max(uploadLoss, downloadLoss), [2, 100], [4, 70], [6, 50], [8, 30], [12, 10]),
    stepDown(rttMs, [FELT_DELAY_MS, 100], [500, 60], [1000, 25]),
    availableUploadKbps < 60 ? 5 : availableUploadKbps < NARROW_UP_KBPS ? 25 : 100,
    heldBack > 0 ? 25 : 100,
  );
}

/** Down at once, up slowly, so that the mark doesn't flicker. */
export function settle(before: number | undefined, now: number, ms: number): number {
  if (before === undefined || now <= before) return now;
  return Math.min(now, before + (CLIMB_PER_SECOND * ms) / 1000);
}

/** What to speak of first, if anything. */
export function troubleOf(facts: LineFacts): LineTrouble | undefined {
  const { uploadLoss, downloadLoss, rttMs, availableUploadKbps, heldBack } = facts;
  if (Math.max(uploadLoss, downloadLoss) >= FELT_LOSS) {
    return uploadLoss > downloadLoss
      ? { kind: "loss-up", percent: uploadLoss }
      : { kind: "loss-down", percent: downloadLoss };
  }
  if (heldBack > 0) return { kind: "narrow-down" };
  if (availableUploadKbps !== undefined && availableUploadKbps < NARROW_UP_KBPS)
    return { kind: "narrow-up", kbps: availableUploadKbps };
  if (rttMs !== undefined && rttMs > FELT_DELAY_MS) return { kind: "delay", ms: rttMs };
  return undefined;
}

/** The value of the first limit that is not exceeded, else 0. */
function stepDown(value: number, ...steps: readonly (readonly [number, number])[]): number {
  return steps.find(([limit]) => value <= limit)?.[1] ?? 0;
}
