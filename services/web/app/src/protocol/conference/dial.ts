// Telephones (focus.md 3.10, webapp.md 6.3): calling one into the meeting, and the numbers by which one calls in.
import { isRecord, textIn } from "../json.ts";
import { childNamed, childrenNamed, type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";

/** User and host, and a port perhaps (RFC 3261 19.1); what else may stand there is not for clients to say. */
const SIP_ADDRESS = /^sips?:[\w.!~*'()&=+$,%-]{1,128}@[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?(?::\d{1,5})?$/i;

/**
 * As gateways take it: of a number in any writing "+74951234567", a SIP address as it is. Undefined where it is neither.
 */
export function dialTarget(text: string): string | undefined {
  const plain = text.trim();
  if (SIP_ADDRESS.test(plain)) return plain;
  const number = plain.replace(/^tel:/i, "").replace(/[\s()./\p{Pd}\p{Cf}]/gu, "");
  return /^\+?[0-9*#]{1,24}$/.test(number) ? number : undefined;
}

/** `password`: of the room, where it has one that we know: the call has to get past it. */
export function dialElement(to: string, room: string, password?: string): XmlElement {
  const header = (name: string, value: string) => xml("header", { xmlns: NS.rayo, name, value });
  return xml(
    "dial",
    { xmlns: NS.rayo, from: "fromnumber", to },
    header("JvbRoomName", room),
    password ? header("JvbRoomPassword", password) : undefined,
  );
}

/** Address of the call, by which it is ended. */
export function readCall(answer: XmlElement): string | undefined {
  const uri = childNamed(answer, "ref", NS.rayo)?.attrs.uri;
  return uri?.startsWith("xmpp:") ? uri.slice("xmpp:".length) : undefined;
}

export function hangupElement(): XmlElement {
  return xml("hangup", { xmlns: NS.rayo });
}

const DIAL_OUT_PROPERTY = "dial-out";

/** Whether a gateway runs that calls telephones, as our focus says; undefined where it does not say. */
export function readDialOut(presence: XmlElement): boolean | undefined {
  const properties = childrenNamed(childNamed(presence, "conference-properties", NS.focus), "property");
  const said = properties.find(({ attrs }) => attrs.key === DIAL_OUT_PROPERTY)?.attrs.value;
  return said === undefined ? undefined : said === "true";
}

export interface DialInNumber {
  /** As people write it. */
  readonly number: string;
  readonly country: string;
  readonly isTollFree: boolean;
}

const MAX_NUMBERS = 200;

/** Both forms that services answer with: numbers by country, or a list. */
export function readDialInNumbers(answer: unknown): readonly DialInNumber[] {
  if (isRecord(answer) && answer.numbersEnabled === false) return [];
  const listed = isRecord(answer) ? answer.numbers : answer;
  if (Array.isArray(listed)) return listed.slice(0, MAX_NUMBERS).flatMap((each) => readListed(each) ?? []);
  if (!isRecord(listed)) return [];
  const all = Object.entries(listed).flatMap(([country, numbers]) =>
    (Array.isArray(numbers) ? numbers : [])
      .filter((number) => typeof number === "string" && number !== "")
      .map((number: string) => ({ number, country, isTollFree: false })),
  );
  return all.slice(0, MAX_NUMBERS);
}

function readListed(value: unknown): DialInNumber | undefined {
  if (!isRecord(value)) return undefined;
  const number = textIn(value.formattedNumber) || textIn(value.number);
  if (number === "") return undefined;
  return { number, country: textIn(value.countryCode) || textIn(value.country), isTollFree: value.tollFree === true };
}

/** The digits by which the gateway knows the room. */
export function readConferenceCode(answer: unknown): string | undefined {
  if (!isRecord(answer)) return undefined;
  const { id, conference } = answer;
  if (conference === false) return undefined;
  return typeof id === "number" || (typeof id === "string" && /^\d+$/.test(id)) ? String(id) : undefined;
}
