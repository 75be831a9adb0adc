import type { Member } from "./conference.ts";
import type { Failure } from "./inputs.ts";
import type { Rules } from "./rules.ts";

const minuteMs = 60_000;

/** Whether a client may have a new session now (focus.md 3.7): at most one in 5 s and five in a minute. */
export function checkRestart(member: Member, now: number, rules: Rules): Failure | undefined {
  const recent = recentRestarts(member, now);
  const last = recent.at(-1);
  if (last !== undefined && now - last < rules.restartIntervalMs) {
    const message = `a new session at most every ${rules.restartIntervalMs} ms, the last was ${now - last} ms ago`;
    return { code: "resource-exhausted", message };
  }
  if (recent.length >= rules.restartsPerMinute) {
    return { code: "resource-exhausted", message: `at most ${rules.restartsPerMinute} new sessions a minute` };
  }
  return undefined;
}

export function noteRestart(member: Member, now: number): readonly number[] {
  return [...recentRestarts(member, now), now];
}

function recentRestarts(member: Member, now: number): readonly number[] {
  return member.restarts.filter((at) => now - at < minuteMs);
}
