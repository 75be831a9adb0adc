const dayMs = 24 * 3600 * 1000;
/** Days before the end at which it is told, of a certificate that lives for 90 days or longer. */
const steps = [14, 3, 1] as const;
const fullLifeMs = 90 * dayMs;

export type ExpiryStep = (typeof steps)[number];
export type Validity = { readonly from: number; readonly until: number };

/**
 * The last of the three steps that has come. One that lives for less than 90 days is renewed later, so its steps are
 * shorter in the same proportion: of six days they are 22, 5 and 1.6 hours.
 */
export function expiryStep({ from, until }: Validity, now: number): ExpiryStep | undefined {
  const scale = Math.min(1, (until - from) / fullLifeMs);
  return steps.findLast((days) => until - now <= days * dayMs * scale);
}
