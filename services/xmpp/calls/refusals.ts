import { type ErrorCode, VecheError } from "@veche/kit/errors.ts";
import { readError } from "../codec/rfc6120-stanza.ts";
import { childOf, type Element } from "../codec/xml/element.ts";
import { roomCreationRestricted } from "../features/muc-presence.ts";

/** Conditions of errors, by what they mean to who wants to come in. */
const codes: Readonly<Record<string, ErrorCode>> = {
  "not-authorized": "unauthenticated",
  forbidden: "permission-denied",
  "not-allowed": "permission-denied",
  "registration-required": "permission-denied",
  "not-acceptable": "invalid-argument",
  "bad-request": "invalid-argument",
  "jid-malformed": "invalid-argument",
  "policy-violation": "invalid-argument",
  conflict: "already-exists",
  "resource-constraint": "resource-exhausted",
  "remote-server-timeout": "unavailable",
};

const texts: Readonly<Record<string, string>> = {
  "not-authorized": "a password is wanted",
  forbidden: "it was sent away from this meeting",
  "not-acceptable": "a name is wanted in the lobby",
};

const notOpen = new VecheError("unavailable", "the room is not open");

/** Why the focus opens no room; undefined where only somebody else may have it opened. */
export function openingRefusalOf(answer: Element): VecheError | undefined {
  const { condition } = readError(answer);
  if (condition === "not-authorized") return undefined;
  return condition === "service-unavailable" ? notOpen : refusalOf(answer, false);
}

/** Why a room or a lobby lets nobody in. `hasPassword`: one was given. */
export function refusalOf(stanza: Element, hasPassword: boolean): VecheError {
  const { condition, text } = readError(stanza);
  if (text === roomCreationRestricted.text) return notOpen;
  if (condition === "not-authorized" && hasPassword)
    return new VecheError("permission-denied", "the password is wrong");
  const message = text === "" ? (texts[condition] ?? condition) : text;
  if (condition !== "service-unavailable") return new VecheError(codes[condition] ?? "unavailable", message);
  // A full room may have a place in a while; where nothing answers, nothing is full.
  const isFull = childOf(stanza, "error")?.attrs.type === "wait";
  return isFull ? new VecheError("resource-exhausted", message) : notOpen;
}
