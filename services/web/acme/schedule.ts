import type { Validity } from "@veche/kit/tls/expiry.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** An authority's wish (RFC 9773): renew at a moment between the two. */
export type Window = { readonly start: number; readonly end: number };

/**
 * When a certificate is to be renewed: a third of its life before its end, or at a random moment of the window its
 * authority wishes, so that not everybody comes at once; never later than a sixth of its life before its end.
 * `random` is from 0 to 1, the same for one certificate at each call.
 */
export function renewalTime({ from, until }: Validity, window: Window | undefined, random: number): number {
  const life = until - from;
  if (window === undefined) return until - life / 3 - (random * life) / 60;
  return Math.min(window.start + random * (window.end - window.start), until - life / 6);
}

/** 15 min, 30 min, 1 h … 12 h, each up to a fifth longer. */
export function retryDelayMs(failures: number, random: number): number {
  const delay = Math.min(15 * minuteMs * 2 ** Math.max(0, failures - 1), 12 * hourMs);
  return delay * (1 + random / 5);
}

/** What was asked of the authority before, also by earlier processes: moments, the oldest first. */
export type History = {
  readonly attempts: readonly number[];
  readonly issued: readonly number[];
  /** Before that it doesn't want to be asked. */
  readonly notBefore: number;
};

export const noHistory: History = { attempts: [], issued: [], notBefore: 0 };

/** Let's Encrypt takes 5 failures an hour of a name, and gives 5 certificates a week for the same names. */
const maxAttemptsAnHour = 4;
const maxIssuedAWeek = 4;

/**
 * The earliest moment at which the authority may be asked, whatever goes wrong here: a process that ends again and again
 * must not spend its installation's share. Certificates that live for hours may be renewed as often as they have to.
 */
export function mayAskAt(history: History, lifeMs: number | undefined): number {
  const needed = lifeMs === undefined ? 0 : Math.ceil((2 * 7 * dayMs) / ((lifeMs * 2) / 3));
  return Math.max(
    history.notBefore,
    after(history.attempts, maxAttemptsAnHour, hourMs),
    after(history.issued, Math.max(maxIssuedAWeek, needed), 7 * dayMs),
  );
}

/** When there will have been fewer than `max` of them in the span. */
function after(moments: readonly number[], max: number, spanMs: number): number {
  const oldest = moments.at(-max);
  return oldest === undefined ? 0 : oldest + spanMs;
}

export function withAttempt(history: History, now: number): History {
  return { ...history, attempts: [...history.attempts.filter((at) => at > now - hourMs && at <= now), now] };
}

export function withCertificate(history: History, now: number): History {
  const issued = [...history.issued.filter((at) => at > now - 7 * dayMs && at <= now), now];
  return { attempts: [], issued, notBefore: 0 };
}

export function withRefusal(history: History, notBefore: number): History {
  return { ...history, notBefore };
}
