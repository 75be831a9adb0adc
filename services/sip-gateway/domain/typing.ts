/** A caller types a conference's code, or a room's password. */
import type { Language, Room, Say } from "./call.ts";
import { end } from "./ending.ts";
import { enter } from "./entering.ts";
import { type Entry, emptyEntry, typeKey } from "./entry.ts";
import type { Turn } from "./turn.ts";

export function askForCode(turn: Turn): void {
  turn.change({ phase: "code", entry: emptyEntry });
  turn.answer();
  ask(turn, "welcome", "press-star", "enter-code");
}

export function askForPassword(turn: Turn, ...before: readonly Say[]): void {
  turn.change({ phase: "password", entry: { ...turn.state.entry, digits: "" }, stands: "outside" });
  turn.notDue("enter", "entered", "wait", "remind");
  turn.answer();
  ask(turn, ...before, "enter-password");
}

export function typed(turn: Turn, key: string): void {
  const { entry, phase } = turn.state;
  const result = typeKey(entry, key, phase === "code" ? turn.rules.codeLength : 0, turn.rules.entry);
  switch (result.type) {
    case "more":
      turn.hush();
      turn.change({ entry: result.entry });
      turn.due("key", result.waitMs);
      return;
    case "whole":
      turn.hush();
      take(turn, result.digits);
      return;
    case "cleared":
      turn.change({ entry: { ...entry, digits: "" } });
      ask(turn, promptOf(turn));
      return;
    case "other-language":
      turn.change({ language: otherLanguage(turn.state.language) });
      ask(turn, "language", promptOf(turn));
      return;
  }
}

/** No key for a while: what there is, is whole; nothing at all is a try. */
export function typedNothing(turn: Turn): void {
  const { entry } = turn.state;
  if (entry.digits !== "") take(turn, entry.digits);
  else tryAgain(turn, [], "goodbye");
}

export function noteCode(turn: Turn, room: Room): void {
  if (turn.state.phase !== "looking-up") return;
  turn.change({ room, entry: emptyEntry });
  enter(turn);
}

export function noteUnknownCode(turn: Turn): void {
  if (turn.state.phase !== "looking-up") return;
  turn.change({ phase: "code" });
  turn.do({ type: "count-wrong-code" });
  tryAgain(turn, ["wrong-code"], "too-many-codes");
}

export function noteWrongPassword(turn: Turn): void {
  turn.change({ phase: "password" });
  turn.do({ type: "count-wrong-code" });
  tryAgain(turn, ["wrong-password"], "goodbye");
}

/** Where keys are waited for once the prompt is over. */
export function awaitKey(turn: Turn): void {
  if (turn.state.entry.digits === "") turn.due("key", turn.rules.entry.firstKeyMs);
}

function tryAgain(turn: Turn, why: readonly Say[], last: Say): void {
  const entry: Entry = { digits: "", wrong: turn.state.entry.wrong + 1 };
  turn.change({ entry });
  if (entry.wrong >= turn.rules.entry.tries) end(turn, "rejected", { status: 403, say: [...why, last] });
  else if (turn.state.phase === "password") askForPassword(turn, ...why);
  else ask(turn, ...why, "enter-code");
}

function take(turn: Turn, digits: string): void {
  turn.notDue("key");
  if (turn.state.phase === "password") {
    turn.change({ password: digits });
    enter(turn);
    return;
  }
  turn.change({ phase: "looking-up" });
  turn.do({ type: "look-up", code: digits });
}

/** A prompt that is cut off, or never heard to its end, still leaves time for a first key. */
const longestPromptMs = 30_000;

function ask(turn: Turn, ...say: readonly Say[]): void {
  turn.due("key", longestPromptMs + turn.rules.entry.firstKeyMs);
  turn.say(...say);
}

function promptOf(turn: Turn): Say {
  return turn.state.phase === "password" ? "enter-password" : "enter-code";
}

export function otherLanguage(language: Language): Language {
  return language === "ru" ? "en" : "ru";
}
