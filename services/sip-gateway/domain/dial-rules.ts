/** Which numbers moderators may dial. Nothing is allowed that the operator has not named: calls cost money. */
import type { Dialled, NumberRules } from "./numbers.ts";

export type DialRules = NumberRules & {
  /** "+7495", "+7800", or beginnings of short numbers: "1". Empty: nothing may be dialled. */
  readonly allowed: readonly string[];
  /** As above, and stronger. */
  readonly forbidden: readonly string[];
  readonly allowsInternational: boolean;
  /** Hosts of SIP addresses. */
  readonly hosts: readonly string[];
  /** How trunks want numbers: "+74951234567", "74951234567", "84951234567". */
  readonly format: "plus" | "digits" | "national";
  /** Before every number: what a telephone system wants for an outside line. */
  readonly prefix: string;
};

/** Undefined: it may be dialled. Why not, for people. */
export function refusalOf(dialled: Dialled, rules: DialRules): string | undefined {
  if (dialled.type === "address") {
    return rules.hosts.includes(dialled.host) ? undefined : "addresses at that host may not be dialled";
  }
  const written = dialled.type === "number" ? `+${dialled.digits}` : dialled.digits;
  const begins = (prefix: string) => prefix !== "" && written.startsWith(prefix);
  if (rules.forbidden.some(begins)) return "such numbers may not be dialled";
  if (!rules.allowed.some(begins)) return "such numbers are not among those that may be dialled";
  const isInternational = dialled.type === "number" && !dialled.digits.startsWith(rules.country);
  return isInternational && !rules.allowsInternational ? "numbers of other countries may not be dialled" : undefined;
}

/** What is sent to the trunk. */
export function dialString(dialled: Dialled, rules: DialRules): string {
  if (dialled.type === "address") return dialled.uri;
  return rules.prefix + (dialled.type === "short" ? dialled.digits : formatted(dialled.digits, rules));
}

function formatted(digits: string, { format, country, nationalPrefix, internationalPrefixes }: DialRules): string {
  if (format === "plus") return `+${digits}`;
  if (format === "digits") return digits;
  return digits.startsWith(country)
    ? nationalPrefix + digits.slice(country.length)
    : (internationalPrefixes.at(-1) ?? "") + digits;
}

export type DialLimits = {
  readonly calls: number;
  readonly callsOfRoom: number;
  readonly callsOfPerson: number;
  /** Begun within an hour. */
  readonly hourlyOfPerson: number;
  readonly hourly: number;
};

export type Dialling = { readonly room: string; readonly person: string };

const hourMs = 3_600_000;

/** Who dialled what lately; calls that are over still count for the hour. */
export type DialBook = {
  readonly underWay: readonly Dialling[];
  readonly begun: readonly (Dialling & { readonly atMs: number })[];
};

/** Undefined: there is room for one more. */
export function excessOf(asked: Dialling, book: DialBook, limits: DialLimits, now: number): string | undefined {
  const recent = book.begun.filter(({ atMs }) => now - atMs < hourMs);
  const of = (person: string) => (one: Dialling) => one.person === person;
  if (book.underWay.length >= limits.calls) return "too many calls are under way";
  if (book.underWay.filter(({ room }) => room === asked.room).length >= limits.callsOfRoom)
    return "too many calls go out of this room";
  if (book.underWay.filter(of(asked.person)).length >= limits.callsOfPerson) return "you have too many calls under way";
  if (recent.length >= limits.hourly) return "too many calls went out within an hour";
  return recent.filter(of(asked.person)).length >= limits.hourlyOfPerson
    ? "you have dialled too often within an hour"
    : undefined;
}

export function forgetOld(begun: DialBook["begun"], now: number): DialBook["begun"] {
  return begun.filter(({ atMs }) => now - atMs < hourMs);
}
