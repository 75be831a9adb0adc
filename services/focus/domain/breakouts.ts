import { fixed } from "./rules.ts";
import { refOf, type Turn } from "./turn.ts";

/** Where a moderator sends somebody. */
export type Assignment = { readonly endpoint: string; readonly person: string; readonly room: string };

/** Assignments of one moderator that go together into one fact at `dueMs`. */
export type Assigning = { readonly by: string; readonly assignments: readonly Assignment[]; readonly dueMs: number };

/** Where somebody was sent, until it has gone. */
export type Destination = { readonly room: string; readonly by: string };

export function noteBreakoutsCreated(turn: Turn, rooms: readonly string[], by: string): void {
  if (turn.state.startedMs > 0) turn.record("breakoutCreated", { rooms, by });
}

export function noteBreakoutsClosed(turn: Turn, rooms: readonly string[], by: string): void {
  flushAssignments(turn);
  if (turn.state.startedMs > 0) turn.record("breakoutClosed", { rooms, by });
}

export function noteAssigned(turn: Turn, { assignment, by }: { assignment: Assignment; by: string }): void {
  if (turn.state.startedMs === 0) return;
  if (turn.state.assigning && turn.state.assigning.by !== by) flushAssignments(turn);
  const { assigning } = turn.state;
  turn.change({
    assigning: {
      by,
      assignments: [...(assigning?.assignments ?? []), assignment],
      dueMs: assigning?.dueMs ?? turn.now + fixed.assignmentsMs,
    },
  });
  noteDestination(turn, assignment.endpoint, { room: assignment.room, by });
}

export function noteDestination(turn: Turn, endpoint: string, destination: Destination): void {
  if (turn.member(endpoint)) turn.changeMember(endpoint, { destination });
}

export function tellAssignments(turn: Turn): void {
  const { assigning } = turn.state;
  if (assigning && assigning.dueMs <= turn.now) flushAssignments(turn);
}

export function flushAssignments(turn: Turn): void {
  const { assigning } = turn.state;
  if (!assigning) return;
  const { assignments, by } = assigning;
  turn.change({ assigning: undefined });
  turn.record("breakoutAssigned", { assignments, by });
}

/** Goes to a breakout room or back; that it was sent there is said before. */
export function tellMoved(turn: Turn, endpoint: string, by: string): void {
  const member = turn.member(endpoint);
  if (!member || member.hidden || member.isMoving) return;
  turn.changeMember(endpoint, { isMoving: true });
  if (turn.state.assigning?.assignments.some((one) => one.endpoint === endpoint)) flushAssignments(turn);
  const { destination } = member;
  turn.record("participantMoved", {
    participant: refOf(member),
    target: destination?.room ?? "",
    by: by || (destination?.by ?? ""),
  });
}

/** The last one of a main room may have gone to a breakout room: the room is there for when they come back. */
export function isKeptByBreakouts(turn: Turn): boolean {
  const { policy, emptySinceMs } = turn.state;
  if (policy.breakouts.some(({ occupants }) => occupants > 0)) return true;
  return policy.breakouts.length > 0 && turn.now < emptySinceMs + fixed.breakoutGraceMs;
}
