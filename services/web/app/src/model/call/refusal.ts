import { lobbyOf } from "../../protocol/conference/lobby.ts";
import type { StanzaError } from "../../protocol/xmpp/stanza.ts";
import type { JoinProblem } from "./state.ts";

/** What to do about a refused join: try the whole way again, knock at the lobby, or tell the user. */
export type Reaction =
  | { readonly retry: true }
  | { readonly retry: false; readonly lobby: string }
  | {
      readonly retry: false;
      readonly lobby?: undefined;
      readonly problem: JoinProblem | "name";
      readonly text: string;
    };

/** The words of Jitsi's servers and of ours for a token that opens another room. */
const OTHER_ROOM = "Room and token mismatched";

/** "Not allowed", as the focus or the room says it: why? */
export function notAllowed(text: string): JoinProblem {
  return text === OTHER_ROOM ? "bad-token" : "not-allowed";
}

const PASSING = new Set([
  "remote-server-timeout",
  "connection-lost",
  "conflict",
  "internal-server-error",
  "resource-constraint",
]);

export function reactTo(error: StanzaError, hadPassword: boolean): Reaction {
  const stop = (problem: JoinProblem | "name", text = ""): Reaction => ({ retry: false, problem, text });
  if (error.says("displayname-required")) return stop("name");
  if (PASSING.has(error.condition)) return { retry: true };
  switch (error.condition) {
    case "not-authorized":
      return stop(hadPassword ? "wrong-password" : "password");
    case "registration-required": {
      const lobby = lobbyOf(error);
      return lobby ? { retry: false, lobby } : stop("members-only");
    }
    case "service-unavailable":
      return stop("full");
    case "not-allowed":
      // The room vanished between request and join; asking again creates it.
      if (error.message === "Room creation is restricted" || error.says("room-does-not-exist")) return { retry: true };
      if (error.says("authentication-required")) return stop("login-needed");
      return stop(notAllowed(error.message), error.message);
    default:
      return stop("other", error.message);
  }
}
