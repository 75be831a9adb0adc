/** Limits that are no settings; the table in README.md names each, and tests reach each. */
import type { CallRules } from "./domain/call.ts";
import type { RateRules } from "./domain/source-rates.ts";

export const limits = {
  /** Wrong codes, or passwords, of one call. */
  tries: 3,
  codeDigits: 15,
  firstKeyMs: 10_000,
  nextKeyMs: 4_000,
  lastKeyMs: 1_200,
  /** `enter-room` is repeated. */
  againMs: 5_000,
  waitAgainMs: 3_000,
  /** The XMPP server may take its time: a room is being opened. */
  enterTimeoutMs: 12_000,
  /** It does not answer at all. */
  enterMs: 60_000,
  /** In the lobby, or before a conference that does not begin. */
  waitMs: 15 * 60_000,
  remindMs: 20_000,
  /** Nobody but calls has come. */
  aloneMs: 10 * 60_000,
  /** Nobody but calls is left. */
  emptyMs: 20_000,
  /** No RTP from a phone that is not on hold. */
  silentMs: 30_000,
  /** While nothing comes from the bridge, another session is asked for so often. */
  bridgeAgainMs: 60_000,
  /** The last words. */
  lastMs: 12_000,
  failedShownMs: 4_000,
  /** What the caller says of itself is cut to this. */
  nameLength: 128,
  phoneLength: 256,
  passwordLength: 128,
  headers: 16,
  headerNameLength: 64,
  headerValueLength: 256,
  /** SDP of an offer or answer. */
  sdpBytes: 16_384,
  /** RFC 4028: a call whose other end is gone is noticed within this; and the least that a phone may ask for. */
  sessionSeconds: 1_800,
  minSessionSeconds: 90,
  /** Facts that wait for their stream; the oldest calls' go first. */
  waitingFacts: 5_000,
  /** Codes in all; rooms whose codes were never made can't be dialled into then. */
  codes: 100_000,
  /** A new code is tried so often before one is free. */
  codeAttempts: 8,
} as const;

/** By address; callers of a trunk by trunk and number. */
export const rates = {
  /** Wrong codes and offers that can't be read. */
  failedCallers: { most: 9, withinMs: 600_000 },
  /** Codes that were asked for over HTTP and are none. */
  wrongCodes: { most: 20, withinMs: 60_000 },
  /** New sessions of a call from whose bridge nothing comes: a way that is shut is not opened by asking. */
  bridgeRestarts: { most: 3, withinMs: 600_000 },
  /** Codes made for rooms that had none. */
  newCodes: { most: 60, withinMs: 60_000 },
} as const satisfies Record<string, RateRules>;

export function callRules(given: Pick<CallRules, "codeLength" | "inviteMs" | "ringMs" | "longestMs">): CallRules {
  const { tries, firstKeyMs, nextKeyMs, lastKeyMs, codeDigits } = limits;
  return {
    ...given,
    entry: { tries, firstKeyMs, nextKeyMs, lastKeyMs, mostDigits: codeDigits },
    againMs: limits.againMs,
    waitAgainMs: limits.waitAgainMs,
    enterMs: limits.enterMs,
    waitMs: limits.waitMs,
    remindMs: limits.remindMs,
    aloneMs: limits.aloneMs,
    emptyMs: limits.emptyMs,
    silentMs: limits.silentMs,
    lastMs: limits.lastMs,
    failedShownMs: limits.failedShownMs,
  };
}
