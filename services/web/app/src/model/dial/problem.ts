import { StanzaError } from "../../protocol/xmpp/stanza.ts";

/** Why nobody was called: what was typed, who we are, what is called, or the lines. */
export type DialProblem =
  | "noNumber"
  | "notAllowed"
  | "forbiddenNumber"
  | "busy"
  | "tooMany"
  | "unavailable"
  | "encrypted"
  | "failed";

/** By the conditions of our focus (services/kit/errors.ts) and of Jicofo. */
const PROBLEMS: Readonly<Record<string, DialProblem>> = {
  forbidden: "forbiddenNumber",
  "not-allowed": "forbiddenNumber",
  "bad-request": "noNumber",
  "resource-constraint": "busy",
  "unexpected-request": "tooMany",
  "service-unavailable": "unavailable",
  "feature-not-implemented": "unavailable",
};

export function problemOf(error: unknown): DialProblem {
  return (error instanceof StanzaError ? PROBLEMS[error.condition] : undefined) ?? "failed";
}
