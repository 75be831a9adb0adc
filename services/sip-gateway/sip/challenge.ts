/** Challenges of digest as headers say them (RFC 7616, RFC 8760). */
import type { Challenge } from "./digest.ts";

/** All of a header; several are separated by commas. */
export function readChallenges(value: string | undefined): readonly Challenge[] {
  const parts = (value ?? "").split(/(?:^|,)\s*Digest\s+/i).slice(1);
  return parts.map((part) => {
    const said: Record<string, string> = {};
    for (const [, name = "", quoted, bare] of part.matchAll(/([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g))
      said[name.toLowerCase()] = quoted?.replace(/\\(.)/g, "$1") ?? bare ?? "";
    const { qop, ...others } = said;
    return qop === undefined ? others : { ...others, qop: qop.split(",").map((word) => word.trim()) };
  });
}
