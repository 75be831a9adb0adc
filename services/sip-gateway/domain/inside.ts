/** In the conference: its sound, its rules for speaking, and who else is there. */
import { end } from "./ending.ts";
import type { Occupant } from "./inputs.ts";
import type { Turn } from "./turn.ts";

export function noteInside(turn: Turn, occupant: Occupant): void {
  const { stands, phase, humans } = turn.state;
  const isNew = phase !== "inside";
  if (stands === "lobby") turn.do({ type: "tell-phone", tell: { type: "admitted" } });
  turn.change({
    phase: "inside",
    stands: "inside",
    participants: occupant.participants,
    humans: occupant.humans,
    hadHumans: turn.state.hadHumans || occupant.humans > 0,
  });
  if (isNew) {
    turn.notDue("wait", "remind", "key");
    turn.hush();
    turn.due("enter", turn.rules.againMs);
  }
  noteModeration(turn, occupant.isModerated, occupant.maySpeak);
  // Nobody is there to have a session with: it rings no longer, and hears so.
  if (occupant.humans === 0 && (isNew || humans > 0)) {
    turn.answer();
    if (isNew && occupant.participants <= 1) turn.say("alone");
  }
  settle(turn);
}

/** Invitations come where there is somebody else; a call does not stay where nobody but calls is. */
function settle(turn: Turn): void {
  const { hasSession, participants, humans, hadHumans } = turn.state;
  if (hasSession || participants < 2) turn.notDue("invite");
  else turn.dueOnce("invite", turn.rules.inviteMs);
  if (humans > 0) turn.notDue("alone");
  else turn.dueOnce("alone", hadHumans ? turn.rules.emptyMs : turn.rules.aloneMs);
}

export function noteSession(turn: Turn, startMuted: boolean): void {
  const { hadSession, phase, isModerated, maySpeak } = turn.state;
  if (phase === "ending" || phase === "over" || !turn.state.isAsked) return;
  turn.change({ hasSession: true, hadSession: true });
  turn.notDue("invite");
  if (hadSession) return;
  turn.tellStarted();
  turn.answer();
  if (startMuted) mute(turn);
  if (turn.state.presence.isMuted) turn.say("joined", isModerated && !maySpeak ? "speaking-reserved" : "muted");
  else turn.say("joined");
}

export function noteSessionEnded(turn: Turn): void {
  turn.change({ hasSession: false });
  if (turn.state.phase === "inside") settle(turn);
}

function noteModeration(turn: Turn, isModerated: boolean, maySpeak: boolean): void {
  const { isModerated: wasModerated, maySpeak: couldSpeak, presence, hadSession } = turn.state;
  turn.change({ isModerated, maySpeak });
  if (isModerated !== wasModerated) turn.do({ type: "tell-phone", tell: { type: "moderation", isOn: isModerated } });
  const isBarred = isModerated && !maySpeak;
  const wasBarred = wasModerated && !couldSpeak;
  if (isBarred && !wasBarred && !presence.isMuted) {
    mute(turn);
    if (hadSession) turn.say("speaking-reserved");
  }
  if (!isBarred && wasBarred) {
    if (isModerated) turn.do({ type: "tell-phone", tell: { type: "unmute-approved" } });
    if (turn.state.presence.isMuted) turn.say("may-speak");
  }
}

export function noteMuteAsked(turn: Turn): void {
  if (turn.state.phase !== "inside" || turn.state.presence.isMuted) return;
  mute(turn);
  turn.do({ type: "tell-phone", tell: { type: "mute", isMuted: true } });
  turn.say("muted-by-moderator");
}

/** From the phone, by keys or by what it says of itself. */
export function wantMuted(turn: Turn, isMuted: boolean, phoneAsks?: string): void {
  const { isModerated, maySpeak } = turn.state;
  turn.change({ phoneAsks });
  if (isMuted) {
    mute(turn);
    answerPhone(turn, true);
    if (phoneAsks === undefined) turn.say("muted");
  } else if (isModerated && !maySpeak) noteUnmuteRefused(turn);
  else turn.do({ type: "ask-unmute" });
}

export function noteUnmuteAllowed(turn: Turn): void {
  if (turn.state.phase !== "inside" || !turn.state.presence.isMuted) return;
  turn.do({ type: "set-muted", isMuted: false });
  turn.show({ isMuted: false, raisedHandMs: 0 });
  const byKey = turn.state.phoneAsks === undefined;
  answerPhone(turn, true);
  if (byKey) turn.say("unmuted");
}

/** Whoever may not speak shows that he wants to. */
export function noteUnmuteRefused(turn: Turn): void {
  if (turn.state.phase !== "inside") return;
  answerPhone(turn, false);
  turn.do({ type: "tell-phone", tell: { type: "unmute-denied" } });
  if (turn.state.presence.raisedHandMs === 0) {
    turn.show({ raisedHandMs: turn.now });
    turn.say("only-moderator-unmutes", "hand-raised");
  } else turn.say("only-moderator-unmutes");
}

export function toggleHand(turn: Turn): void {
  const isUp = turn.state.presence.raisedHandMs !== 0;
  turn.show({ raisedHandMs: isUp ? 0 : turn.now });
  turn.say(isUp ? "hand-lowered" : "hand-raised");
}

export function noteSilence(turn: Turn): void {
  const { isSilent, isHeld, line, phase } = turn.state;
  if (phase === "ending" || phase === "over") return;
  if (!isSilent || isHeld || line !== "answered") turn.notDue("silent");
}

export function endSilent(turn: Turn): void {
  end(turn, "media-timeout");
}

function mute(turn: Turn): void {
  turn.do({ type: "set-muted", isMuted: true });
  turn.show({ isMuted: true });
}

function answerPhone(turn: Turn, isDone: boolean): void {
  const { phoneAsks, presence } = turn.state;
  if (phoneAsks === undefined) return;
  turn.change({ phoneAsks: undefined });
  turn.do({ type: "tell-phone", tell: { type: "mute-answer", id: phoneAsks, isMuted: presence.isMuted, isDone } });
}
