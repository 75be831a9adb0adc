/** What people write where a number is wanted, in one form. */

export type NumberRules = {
  /** Country code that numbers without one belong to: "7". */
  readonly country: string;
  /** What is dialled before a number of the country: "8". */
  readonly nationalPrefix: string;
  /** Digits of the country's numbers without country code and prefix: 10. */
  readonly nationalLength: number;
  /** What is dialled before another country's code: "00", "810". */
  readonly internationalPrefixes: readonly string[];
};

export type Dialled =
  /** E.164 without its plus. */
  | { readonly type: "number"; readonly digits: string }
  /** An extension of the telephone system, or a service's short number. */
  | { readonly type: "short"; readonly digits: string }
  | { readonly type: "address"; readonly uri: string; readonly host: string };

const separators = /[\s().\-/\u00a0\u2010-\u2015]/g;
/** E.164: at most fifteen digits; less than seven are no subscriber's anywhere. */
const e164 = /^[1-9]\d{6,14}$/;
const shortest = 1;
const longestShort = 6;

/** Bounded before any expression looks at it. */
const maxLength = 256;

/** RFC 3261 `user@host` without parameters and headers: what stands there would be the dialler's to say. */
const address =
  /^(?:sips?:)?([A-Za-z0-9_.!~*'()&=+$,%-]+)@([A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)(:\d{1,5})?$/;

/** Undefined: it is neither a number nor an address. */
export function readDialled(text: string, rules: NumberRules): Dialled | undefined {
  if (text.length > maxLength) return undefined;
  const plain = text.trim().replace(/^tel:/i, "");
  const found = address.exec(plain);
  if (found) {
    const host = (found[2] ?? "").toLowerCase();
    const scheme = /^sips:/i.test(plain) ? "sips" : "sip";
    return { type: "address", uri: `${scheme}:${found[1]}@${host}${found[3] ?? ""}`, host };
  }
  const digits = plain.replaceAll(separators, "");
  if (digits.startsWith("+")) return number(digits.slice(1));
  if (!/^\d+$/.test(digits)) return undefined;
  return withoutPlus(digits, rules);
}

/** Where a writing could be both, it is a number of the country. */
function withoutPlus(digits: string, rules: NumberRules): Dialled | undefined {
  const { country, nationalPrefix, nationalLength, internationalPrefixes } = rules;
  if (digits.length >= shortest && digits.length <= longestShort) return { type: "short", digits };
  if (digits.length === nationalLength) return number(country + digits);
  const isNational = nationalPrefix !== "" && digits.startsWith(nationalPrefix);
  if (isNational && digits.length === nationalPrefix.length + nationalLength)
    return number(country + digits.slice(nationalPrefix.length));
  if (digits.startsWith(country) && digits.length === country.length + nationalLength) return number(digits);
  const international = internationalPrefixes
    .filter((prefix) => digits.startsWith(prefix))
    .sort((a, b) => b.length - a.length)[0];
  return international === undefined ? undefined : number(digits.slice(international.length));
}

function number(digits: string): Dialled | undefined {
  return e164.test(digits) ? { type: "number", digits } : undefined;
}

/** The same for all writings of one number; other users of addresses by their lower-case text. */
export function numberKey(user: string, rules: NumberRules): string {
  const dialled = readDialled(user, rules);
  return dialled === undefined || dialled.type === "address" ? user.toLowerCase() : dialled.digits;
}
