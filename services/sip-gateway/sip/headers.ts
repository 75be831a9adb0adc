/** What callers say in headers, and what of it is believed; what we say, made safe. For every implementation. */
import { VecheError } from "@veche/kit/errors.ts";
import type { Party } from "./signalling.ts";

const headerLimits = { count: 64, valueCharacters: 1_024, displayNameCharacters: 80 };

/** Only a trusted trunk may say these: who calls, and into which room (`Jitsi-…`, `Jigasi…`). */
const reserved = /^(jitsi-|jigasi|p-asserted-identity$|p-preferred-identity$|remote-party-id$|x-asserted-|veche-)/;

/** Of the transport and of the dialog: nobody's business above SIP. */
const structural =
  /^(via|route|record-route|authorization|proxy-authorization|content-length|content-type|max-forwards|cseq|call-id|contact|[a-z])$/;

/** First values by lower-case name. */
export function readHeaders(
  headers: Iterable<readonly [name: string, value: string]>,
  isTrusted: boolean,
): ReadonlyMap<string, string> {
  const kept = new Map<string, string>();
  for (const [given, value] of headers) {
    const name = given.toLowerCase();
    if (kept.size >= headerLimits.count) break;
    if (kept.has(name) || structural.test(name) || (!isTrusted && reserved.test(name))) continue;
    kept.set(name, value.slice(0, headerLimits.valueCharacters));
  }
  return kept;
}

export function makeParty(user: string | undefined, host: string | undefined, displayName: string | undefined): Party {
  return { user: decoded(user ?? ""), host: host ?? "", displayName: cleanDisplayName(displayName ?? "") };
}

/** Fit to stand between quotes in a header: no control characters, quotes or backslashes. */
export function cleanDisplayName(text: string): string {
  return [...text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").replace(/["\\]/g, "")]
    .slice(0, headerLimits.displayNameCharacters)
    .join("")
    .trim();
}

/** A header of ours. Throws with `invalid-argument` where it would be another, or more than one. */
export function writeHeader(name: string, value: string): string {
  const isSafe = /^[A-Za-z0-9.!%*_+`'~-]{1,64}$/.test(name) && !/\p{Cc}/u.test(value);
  if (!isSafe || value.length > headerLimits.valueCharacters || structural.test(name.toLowerCase()))
    throw new VecheError("invalid-argument", `header ${JSON.stringify(name)}: expected a name of its own and one line`);
  return `${name}: ${value}`;
}

function decoded(user: string): string {
  try {
    return decodeURIComponent(user).replace(/\p{Cc}/gu, "");
  } catch {
    return user;
  }
}
