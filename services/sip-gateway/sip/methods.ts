/** Methods that are understood. For every implementation. */

export const allowedMethods = [
  "ACK",
  "BYE",
  "CANCEL",
  "INFO",
  "INVITE",
  "NOTIFY",
  "OPTIONS",
  "REFER",
  "UPDATE",
] as const;

/** Whether an Allow header names UPDATE (RFC 3311). */
export function knowsUpdate(allow: string | undefined): boolean {
  return /\bUPDATE\b/.test(allow ?? "");
}
