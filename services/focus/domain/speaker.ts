import { fixed } from "./rules.ts";
import type { Turn } from "./turn.ts";

/** The dominant speaker: seconds are counted at each change, the fact is said at most once a second, latest wins. */
export function changeSpeaker(turn: Turn, endpoint: string): void {
  const { speaker } = turn.state;
  const named = turn.member(endpoint)?.hidden === false ? endpoint : "";
  if (speaker.endpoint === named) return;
  addSpeaking(turn);
  turn.change({ speaker: { ...turn.state.speaker, endpoint: named, sinceMs: turn.now } });
}

export function forgetSpeaker(turn: Turn, endpoint: string): void {
  if (turn.state.speaker.endpoint === endpoint) changeSpeaker(turn, "");
}

function addSpeaking(turn: Turn): void {
  const { endpoint, sinceMs } = turn.state.speaker;
  const member = turn.member(endpoint);
  if (!member) return;
  turn.changeMember(endpoint, { speakingMs: member.speakingMs + Math.max(0, turn.now - sinceMs) });
}

/** When the pending fact may be said; Infinity where none is pending. */
export function speakerDueMs(turn: Turn): number {
  const { endpoint, told, toldMs } = turn.state.speaker;
  return endpoint === told ? Number.POSITIVE_INFINITY : toldMs + fixed.factIntervalMs;
}

export function tellSpeaker(turn: Turn): void {
  if (turn.now < speakerDueMs(turn)) return;
  const { speaker } = turn.state;
  turn.change({ speaker: { ...speaker, told: speaker.endpoint, toldMs: turn.now } });
  turn.record("speakerChanged", { endpoint: speaker.endpoint, previous: speaker.told });
}
