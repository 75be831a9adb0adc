import type { Occupant } from "./conference.ts";
import type { ParticipantRef } from "./facts.ts";
import type { Turn } from "./turn.ts";

/** Who waits to be let in: not counted, and told of from entering the lobby to the one thing that ends it. */
export function enterLobby(turn: Turn, visitor: Occupant): void {
  const { startedMs, lobby } = turn.state;
  if (startedMs === 0 || visitor.hidden) return;
  const { endpoint, person, kind, role, authenticated, profile, userId } = visitor;
  const participant: ParticipantRef = { endpoint, person, kind, role, authenticated };
  turn.change({ lobby: new Map(lobby).set(endpoint, participant) });
  if (person !== "") turn.do({ type: "remember-person", person, profile, userId, isGuest: !authenticated });
  if (!lobby.has(endpoint)) turn.record("participantLobbyEntered", { participant });
}

export function leaveLobby(turn: Turn, endpoint: string, reason: string, by: string): void {
  const participant = turn.state.lobby.get(endpoint);
  if (!participant) return;
  const lobby = new Map(turn.state.lobby);
  lobby.delete(endpoint);
  turn.change({ lobby });
  if (reason === "admitted") turn.record("participantAdmitted", { participant, by });
  else if (reason === "rejected") turn.record("participantRejected", { participant, by });
  else turn.record("participantLobbyLeft", { participant, reason: toLobbyReason(reason) });
}

/** Nobody waits for a room that is gone. */
export function closeLobby(turn: Turn): void {
  for (const endpoint of turn.state.lobby.keys()) leaveLobby(turn, endpoint, "ended", "");
}

/** While nobody looked they were let in: they are inside. */
export function admitSeen(turn: Turn, occupants: readonly Occupant[]): void {
  for (const { endpoint, person } of turn.state.lobby.values()) {
    const isInside = occupants.some((occupant) => occupant.endpoint === endpoint && occupant.person === person);
    if (isInside) leaveLobby(turn, endpoint, "admitted", "");
  }
}

/** The lobby as it is seen now: who came and who left while nobody looked. */
export function seeLobby(turn: Turn, visitors: readonly Occupant[] | undefined): void {
  if (!visitors) return;
  const waiting = new Map(visitors.map((visitor) => [visitor.endpoint, visitor]));
  for (const { endpoint, person } of turn.state.lobby.values()) {
    if (waiting.get(endpoint)?.person !== person) leaveLobby(turn, endpoint, "client", "");
  }
  for (const visitor of visitors) enterLobby(turn, visitor);
}

export type LobbyReason = "client" | "timeout" | "ended";

function toLobbyReason(reason: string): LobbyReason {
  return reason === "timeout" || reason === "ended" ? reason : "client";
}
