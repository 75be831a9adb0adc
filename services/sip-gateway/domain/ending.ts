import type { Cause, Say } from "./call.ts";
import type { Turn } from "./turn.ts";

type How = {
  /** Of the answer to who still rings, or of the other end's. */
  readonly status?: number;
  readonly say?: readonly Say[];
};

/** The call leaves its room at once; who is on the line hears why. */
export function end(turn: Turn, cause: Cause, { status = 0, say = [] }: How = {}): void {
  const { phase, line, direction } = turn.state;
  if (phase === "ending" || phase === "over") return;
  const sipStatus = status === 0 && line === "ringing" && direction === "in" ? 480 : status;
  leaveRoom(turn);
  turn.change({ ending: { cause, sipStatus }, due: {} });
  if (line === "answered" && say.length > 0) {
    turn.change({ phase: "ending" });
    turn.do({ type: "set-muted", isMuted: true });
    turn.say(...say);
    turn.due("last", turn.rules.lastMs);
    return;
  }
  hangUp(turn, sipStatus);
}

/** A call out that nobody took stays visible for a moment, so that it is seen why. */
export function endDialled(turn: Turn, cause: Cause, status: number, shown: string): void {
  if (turn.state.phase === "ending" || turn.state.phase === "over") return;
  turn.show({ status: shown });
  turn.change({ phase: "ending", line: "gone", ending: { cause, sipStatus: status }, due: {} });
  turn.due("last", turn.rules.failedShownMs);
}

/** Nothing is on the line any more. */
export function finish(turn: Turn, cause: Cause): void {
  if (turn.state.phase === "over") return;
  leaveRoom(turn);
  turn.change({ line: "gone", ending: turn.state.ending ?? { cause, sipStatus: 0 } });
  over(turn);
}

export function hangUp(turn: Turn, status = 0): void {
  const { line, direction } = turn.state;
  if (line === "ringing" && direction === "in") turn.do({ type: "reject", status });
  else if (line !== "gone") turn.do({ type: "hang-up" });
  leaveRoom(turn);
  turn.change({ line: "gone" });
  over(turn);
}

/** Also where `enter-room` is on its way and no answer has come. */
function leaveRoom(turn: Turn): void {
  if (turn.state.isAsked) turn.do({ type: "leave" });
  turn.change({ isAsked: false, stands: "outside", hasSession: false });
}

function over(turn: Turn): void {
  const { ending } = turn.state;
  turn.change({ phase: "over", due: {}, saying: 0, toSay: [] });
  turn.do({ type: "over", ending: ending ?? { cause: "failed", sipStatus: 0 } });
}
