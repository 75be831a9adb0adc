/** What an endpoint's answer means (Standard Webhooks 1.0, "Delivery success and failure"). */

export type Answer =
  | { readonly status: number; readonly retryAfter: string | undefined }
  /** There was none; why. */
  | { readonly fault: string };

export type Verdict =
  | { readonly type: "accepted" }
  | { readonly type: "gone" }
  | { readonly type: "failed"; readonly failure: string; readonly retryAfterMs?: number };

export function judge(answer: Answer, nowMs: number): Verdict {
  if ("fault" in answer) return { type: "failed", failure: answer.fault };
  const { status, retryAfter } = answer;
  if (status >= 200 && status < 300) return { type: "accepted" };
  if (status === 410) return { type: "gone" };
  const failure = status >= 300 && status < 400 ? `status ${status}: redirects are not followed` : `status ${status}`;
  const retryAfterMs = readRetryAfter(retryAfter, nowMs);
  return retryAfterMs === undefined ? { type: "failed", failure } : { type: "failed", failure, retryAfterMs };
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function readRetryAfter(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000;
  const atMs = /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
