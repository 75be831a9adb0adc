import type { Call, CallRules, Cause, Due } from "./call.ts";
import type { Effect } from "./effects.ts";
import { end, endDialled, finish, hangUp } from "./ending.ts";
import { ask, enter, noteNotEntered, noteOccupant, remind } from "./entering.ts";
import type { Input } from "./inputs.ts";
import * as inside from "./inside.ts";
import { notePress } from "./key-presses.ts";
import { afterStarMs, type Command, commandOf } from "./menu.ts";
import { Turn } from "./turn.ts";
import { askForCode, awaitKey, noteCode, noteUnknownCode, otherLanguage, typed, typedNothing } from "./typing.ts";

/** What happened to a call, and what should be done about it. */
export function step(state: Call, input: Input, now: number, rules: CallRules): readonly [Call, readonly Effect[]] {
  if (state.phase === "over") return [state, []];
  const turn = new Turn(state, now, rules);
  const handle = handlers[input.type] as (turn: Turn, input: Input) => void;
  handle(turn, input);
  return [turn.state, turn.effects];
}

type Handlers = {
  readonly [T in Input["type"]]: (turn: Turn, input: Extract<Input, { readonly type: T }>) => void;
};

const handlers: Handlers = {
  rang(turn) {
    turn.do({ type: "tell-incoming" });
    turn.do({ type: "ring" });
    limit(turn);
    if (turn.state.room === undefined) askForCode(turn);
    else enter(turn);
  },
  dialled(turn) {
    limit(turn);
    turn.due("ring", turn.rules.ringMs);
    enter(turn);
  },
  ringing(turn, { status }) {
    if (turn.state.line !== "ringing" || turn.state.presence.status === ringing) return;
    turn.show({ status: ringing });
    turn.do({ type: "tell-ringing", status });
  },
  "dial-failed": (turn, { status }) => {
    const [cause, shown] = outcomeOf(status);
    endDialled(turn, cause, status, shown);
  },
  answered(turn) {
    if (turn.state.line === "gone") return;
    turn.change({ line: "answered", answeredMs: turn.now });
    turn.notDue("ring");
    turn.tellStarted();
    turn.show({ status: "Connected" });
    if (turn.state.toSay.length > 0) turn.say(...turn.state.toSay);
    if (turn.state.isSilent) turn.due("silent", turn.rules.silentMs);
  },
  "not-answered": (turn) => finish(turn, "caller"),
  "line-ended": (turn, { cause }) =>
    finish(turn, cause === "remote" ? "caller" : cause === "timer" ? "media-timeout" : "failed"),
  key: (turn, { key, way }) => press(turn, key, way),
  "phone-said": (turn, { says }) => hearPhone(turn, says),
  held(turn, { isHeld }) {
    turn.change({ isHeld });
    turn.show({ status: isHeld ? "On Hold" : "Connected" });
    inside.noteSilence(turn);
    if (!isHeld && turn.state.isSilent) turn.due("silent", turn.rules.silentMs);
  },
  silent(turn, { isSilent }) {
    turn.change({ isSilent });
    inside.noteSilence(turn);
    if (isSilent && !turn.state.isHeld && turn.state.line === "answered") endIfSilent(turn);
  },
  played(turn, { number }) {
    if (number !== turn.state.saying) return;
    turn.change({ saying: 0 });
    if (turn.state.phase === "ending") hangUp(turn);
    else if (turn.state.phase === "code" || turn.state.phase === "password") awaitKey(turn);
  },
  "code-found": (turn, { room }) => noteCode(turn, room),
  "code-unknown": noteUnknownCode,
  "code-not-looked-up": (turn) => {
    if (turn.state.phase === "looking-up") end(turn, "failed", { say: ["unavailable"] });
  },
  occupant: (turn, { occupant }) => noteOccupant(turn, occupant),
  "not-entered": (turn, { why }) => noteNotEntered(turn, why),
  "session-accepted": (turn, { startMuted }) => inside.noteSession(turn, startMuted),
  "session-ended": inside.noteSessionEnded,
  "mute-asked": inside.noteMuteAsked,
  "unmute-allowed": inside.noteUnmuteAllowed,
  "unmute-refused": inside.noteUnmuteRefused,
  "end-asked": (turn, { cause, why }) => {
    if (turn.state.phase === "ending") hangUp(turn);
    else if (why === "moderator") end(turn, cause, { status: 603, say: ["kicked"] });
    else end(turn, cause, { status: 503, say: [why === "restart" ? "restarting" : "unavailable"] });
  },
  tick: fireDue,
};

/** As Jigasi words it. */
const ringing = "Ringing…";

/** What the app shows to who dialled. */
function outcomeOf(status: number): readonly [Cause, string] {
  if (status === 486 || status === 600) return ["busy", "Busy"];
  if (status === 408 || status === 480 || status === 487) return ["no-answer", "No answer"];
  if (status === 401 || status === 403 || status === 407 || status === 603) return ["refused", "Rejected"];
  return ["unreachable", status === 404 || status === 484 || status === 604 ? "Not found" : "Failed"];
}

function limit(turn: Turn): void {
  if (turn.rules.longestMs > 0) turn.due("limit", turn.rules.longestMs);
}

function endIfSilent(turn: Turn): void {
  if (turn.state.phase !== "ending") inside.endSilent(turn);
}

function press(turn: Turn, key: string, way: Parameters<typeof notePress>[2]): void {
  const { phase, line, due } = turn.state;
  if (line !== "answered") return;
  const { recent, isNew } = notePress(turn.state.presses, key, way, turn.now);
  turn.change({ presses: recent });
  if (!isNew) return;
  turn.do({ type: "tell-key", key: phase === "inside" ? key : "", way });
  if (phase === "code" || phase === "password") typed(turn, key);
  if (phase !== "inside") return;
  const command = commandOf(key, due.star !== undefined);
  turn.notDue("star");
  if (command === "star") turn.due("star", afterStarMs);
  else if (command !== undefined) obeying[command](turn);
}

const obeying: Readonly<Record<Command, (turn: Turn) => void>> = {
  mute: (turn) => inside.wantMuted(turn, !turn.state.presence.isMuted),
  hand: inside.toggleHand,
  count: (turn) => turn.say({ people: turn.state.participants }),
  help: (turn) => turn.say("menu"),
  language: (turn) => {
    turn.change({ language: otherLanguage(turn.state.language) });
    turn.say("language");
  },
};

function hearPhone(turn: Turn, says: Extract<Input, { readonly type: "phone-said" }>["says"]): void {
  const { phase, stands } = turn.state;
  if (says.type === "mute" && phase === "inside") inside.wantMuted(turn, says.isMuted, says.id);
  const isOutside = phase === "password" || stands === "lobby";
  if (says.type === "password" && isOutside) {
    turn.notDue("key");
    turn.change({ password: says.password });
    enter(turn);
  }
}

const whenDue: Readonly<Record<Due, (turn: Turn) => void>> = {
  last: (turn) => hangUp(turn),
  limit: (turn) => end(turn, "limit", { status: 480, say: ["call-limit"] }),
  ring: (turn) => {
    turn.do({ type: "hang-up" });
    endDialled(turn, "no-answer", 408, "No answer");
  },
  silent: endIfSilent,
  alone: (turn) => end(turn, "ended", { status: 480, say: ["ended"] }),
  invite: (turn) => end(turn, "failed", { status: 480, say: ["unavailable"] }),
  entered: (turn) => end(turn, "failed", { status: 503, say: ["unavailable"] }),
  wait: (turn) => end(turn, "limit", { status: 480, say: ["goodbye"] }),
  remind,
  key: (turn) => {
    if (turn.state.phase === "code" || turn.state.phase === "password") typedNothing(turn);
  },
  star: (turn) => turn.say("menu"),
  enter: ask,
};

function fireDue(turn: Turn): void {
  for (const [name, act] of Object.entries(whenDue) as [Due, (turn: Turn) => void][]) {
    const at = turn.state.due[name];
    if (at === undefined || at > turn.now) continue;
    turn.notDue(name);
    act(turn);
    if (turn.state.phase === "over") return;
  }
}
