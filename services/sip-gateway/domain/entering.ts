/** From outside into the room, and being told that one is no longer in it. */
import type { Call } from "./call.ts";
import { end } from "./ending.ts";
import type { Input, Occupant } from "./inputs.ts";
import { noteInside } from "./inside.ts";
import type { Turn } from "./turn.ts";
import { askForPassword, noteWrongPassword } from "./typing.ts";

export function enter(turn: Turn): void {
  turn.change({ phase: "entering" });
  turn.dueOnce("entered", turn.rules.enterMs);
  ask(turn);
}

/** Again while the call lasts: the server may have been started anew. */
export function ask(turn: Turn): void {
  turn.change({ isAsked: true });
  turn.do({ type: "enter" });
  turn.due("enter", turn.state.stands === "waiting" ? turn.rules.waitAgainMs : turn.rules.againMs);
}

export function noteOccupant(turn: Turn, occupant: Occupant): void {
  const { heard, phase } = turn.state;
  if (phase === "ending" || phase === "over" || !turn.state.isAsked) return;
  if (heard.instance === occupant.instance && occupant.revision < heard.revision) return;
  turn.change({ heard: { instance: occupant.instance, revision: occupant.revision } });
  turn.notDue("entered");
  if (occupant.state === "waiting") noteWaiting(turn);
  else if (occupant.state === "lobby") noteLobby(turn);
  else if (occupant.state === "inside") noteInside(turn, occupant);
  else noteOut(turn, occupant.reason);
}

export function remind(turn: Turn): void {
  if (turn.state.stands !== "waiting" && turn.state.stands !== "lobby") return;
  turn.say(turn.state.stands === "waiting" ? "not-begun" : "lobby");
  turn.due("remind", turn.rules.remindMs);
}

function noteWaiting(turn: Turn): void {
  const before = turn.state.stands;
  stand(turn, "waiting");
  turn.due("enter", turn.rules.waitAgainMs);
  if (before !== "waiting") turn.say("not-begun");
}

function noteLobby(turn: Turn): void {
  const before = turn.state.stands;
  stand(turn, "lobby");
  if (before === "lobby") return;
  turn.say("lobby");
  turn.do({ type: "tell-phone", tell: { type: "lobby-entered" } });
}

function stand(turn: Turn, stands: Call["stands"]): void {
  turn.change({ stands, phase: "entering", hasSession: false });
  turn.notDue("invite", "alone");
  turn.answer();
  turn.dueOnce("wait", turn.rules.waitMs);
  turn.dueOnce("remind", turn.rules.remindMs);
}

function noteOut(turn: Turn, reason: string): void {
  const { stands } = turn.state;
  turn.change({ hasSession: false, isAsked: false, stands: "outside" });
  if (reason === "timeout" || reason === "replaced") {
    // The server had not heard of us for a while, and keeps a call that is out as it is: it comes in as a new one.
    turn.do({ type: "leave" });
    enter(turn);
  } else if (reason === "kicked") {
    end(turn, "kicked", { status: 603, say: ["kicked"] });
  } else if (reason === "rejected") {
    turn.do({ type: "tell-phone", tell: { type: "rejected" } });
    end(turn, "rejected", { status: 603, say: ["lobby-refused"] });
  } else {
    end(turn, "ended", { status: 480, say: [stands === "lobby" ? "lobby-refused" : "ended"] });
  }
}

export function noteNotEntered(turn: Turn, why: Extract<Input, { readonly type: "not-entered" }>["why"]): void {
  const { phase, stands, password, isAsked } = turn.state;
  if (!isAsked || (phase !== "entering" && phase !== "inside")) return;
  // Who is inside, or waits, stays where he is: the next one may be answered again.
  if (why === "unavailable") {
    turn.dueOnce("entered", turn.rules.enterMs);
    turn.due("enter", turn.rules.waitAgainMs);
    return;
  }
  turn.notDue("entered");
  if (why === "password-wanted") askForPassword(turn);
  else if (why === "password-wrong" && password !== "") noteWrongPassword(turn);
  else if (why === "full") end(turn, "rejected", { status: 486, say: ["room-full"] });
  else if (why === "invalid") end(turn, "failed", { status: 404, say: ["unavailable"] });
  else end(turn, "rejected", { status: 403, say: [stands === "lobby" ? "lobby-refused" : "goodbye"] });
}
