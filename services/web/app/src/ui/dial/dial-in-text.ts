import { type Language, t } from "../../i18n/i18n.ts";
import type { DialInWay } from "../../model/dial/dial-in.ts";
import type { DialInNumber } from "../../protocol/conference/dial.ts";

/** As many are seen, and go into an invitation, before somebody asks for the others. */
export const FIRST_NUMBERS = 3;

/** In threes, as one reads digits to somebody. */
export function readableCode(code: string): string {
  return code.length <= 4 ? code : code.replace(/\d{3}(?=\d)/g, "$& ");
}

/** A telephone dials the number, waits until it is answered, and types the code. */
export function telephoneLink({ number }: DialInNumber, code: string): string {
  return `tel:${number.replace(/[^+\d]/g, "")},,${code}%23`;
}

/** What stands beside a number: of which country it is, in the reader's language, and that it costs nothing. */
export function noteOf({ country, isTollFree }: DialInNumber, language: Language): string {
  const name = /^[A-Z]{2}$/i.test(country)
    ? new Intl.DisplayNames(language, { type: "region" }).of(country.toUpperCase())
    : country;
  return [name, isTollFree && t("info.dialInTollFree")].filter(Boolean).join(", ");
}

/** For an invitation: the first numbers and the code, a line each. */
export function dialInLines({ numbers, code }: DialInWay, language: Language): readonly string[] {
  const lines = numbers.slice(0, FIRST_NUMBERS).map((each) => {
    const note = noteOf(each, language);
    return note ? `${each.number} (${note})` : each.number;
  });
  return [t("info.inviteByTelephone"), ...lines, t("info.inviteCode", { code: readableCode(code) })];
}
