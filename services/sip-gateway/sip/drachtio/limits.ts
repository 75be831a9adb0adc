import { commonLimits } from "../limits.ts";

/** What is let through; README.md tells operators. */
export const limits = {
  ...commonLimits,
  /** Addresses that are counted at a time; beyond it nobody unknown is heard until the next two seconds. */
  countedAddresses: 10_000,
  /** Shared with drachtio-server; a secret that is shorter is none. */
  secretCharacters: 16,
} as const;
