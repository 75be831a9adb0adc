/** What both SIP servers let through; README.md tells operators. Trunks are exempt from the rate, not from the size. */
export const commonLimits = {
  /** A whole SIP message. Over it: 513, or the connection is closed. */
  messageBytes: 16_384,
  /** Requests of one address that is no trunk in two seconds, before it is not heard any more until it goes slower. */
  requestsInTwoSeconds: 16,
  /** Calls that are being set up and calls that are answered, of all trunks. */
  calls: 1_000,
} as const;

/** What scanners call themselves, in lower case, as alternatives of a pattern. They get no answer. */
export const scanners =
  "friendly-scanner|friendly-request|sipvicious|sipcli|sipsak|sundayddr|iwar|sip-scan|sivus|smap|vaxsipuseragent|pplsip|gulp|sipptk";
