/** What is let through; README.md tells operators. Trunks are exempt from the rate. */
export const limits = {
  /** Requests of one address that is no trunk in two seconds: what is more gets no answer. */
  requestsInTwoSeconds: 16,
  /** Addresses that are counted at a time; beyond it nobody unknown is heard until the next two seconds. */
  countedAddresses: 10_000,
  /** A whole request. Over it: 513. */
  messageBytes: 16_384,
  /** Ringing and answered, of all trunks. Over it: 503. */
  calls: 1_000,
  /** Shared with drachtio-server; a secret that is shorter is none. */
  secretCharacters: 16,
} as const;

/** What scanners call themselves. They get no answer. */
export const scanners =
  /friendly-scanner|friendly-request|sipvicious|sipcli|sipsak|sundayddr|iwar|sip-scan|sivus|smap|vaxsipuseragent|pplsip|gulp|sipptk/i;
