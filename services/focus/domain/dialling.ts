import type { Input } from "./inputs.ts";
import type { Answer } from "./requests.ts";
import type { Turn } from "./turn.ts";

type DialRequest = Extract<Input, { readonly type: "dial-asked" }>;

/** What a dial request may hold. */
export const dialLimits = { toLength: 256, headers: 16, headerNameLength: 64, headerLength: 1_024 } as const;

/** Jitsi's clients name the room they dial into. */
const roomHeader = "JvbRoomName";
const minuteMs = 60_000;
/** By this a client asks for somebody who writes down what is said. */
const transcriber = "jitsi_meet_transcribe";

/** What a token calls it: a number, or a whole address. */
function featureOf(to: string): string {
  return to.includes("@") || /^sips?:/i.test(to) ? "sip-outbound-call" : "outbound-call";
}

/** Whether somebody may dial a telephone into this room now (focus.md 3.10). Who rings is then up to the gateways. */
export function askDial(turn: Turn, { endpoint, to, from, headers, granted, denied }: DialRequest): Answer {
  const asker = turn.member(endpoint);
  if (!asker) return { code: "not-found", message: "that participant is not in the conference" };
  const feature = featureOf(to);
  const isAllowed = asker.role === "moderator" || granted.includes(feature);
  if (asker.hidden || denied.includes(feature) || !isAllowed)
    return { code: "permission-denied", message: "only a moderator dials telephones" };
  const room = headers[roomHeader];
  if (room !== undefined && room.toLowerCase() !== turn.state.room.jid.toLowerCase())
    return { code: "permission-denied", message: "that is another room" };
  const problem = problemOf(to, from, headers);
  if (problem !== undefined) return { code: "invalid-argument", message: problem };
  if (to === transcriber) return { code: "unavailable", message: "nobody is there who writes down what is said" };
  if (!turn.state.presence.dialsOut) return { code: "unavailable", message: "no gateway is there that dials out" };
  const recent = turn.state.dials.filter((at) => turn.now - at < minuteMs);
  if (recent.length >= turn.rules.dialsPerMinute)
    return { code: "resource-exhausted", message: `at most ${turn.rules.dialsPerMinute} telephones a minute` };
  turn.change({ dials: [...recent, turn.now] });
  return "done";
}

function problemOf(to: string, from: string, headers: Readonly<Record<string, string>>): string | undefined {
  if (to === "") return "dial whom?";
  if (to.length > dialLimits.toLength || from.length > dialLimits.toLength)
    return `a number or address longer than ${dialLimits.toLength} characters`;
  const given = Object.entries(headers);
  if (given.length > dialLimits.headers) return `${given.length} headers, at most ${dialLimits.headers}`;
  const isLong = ([name, value]: readonly [string, string]) =>
    name.length > dialLimits.headerNameLength || value.length > dialLimits.headerLength;
  return given.some(isLong) ? "a header is too long" : undefined;
}

/** Clients are told in the room whether telephones can be dialled. */
export function noteGateways(turn: Turn, { dialsOut }: Extract<Input, { readonly type: "gateways-changed" }>): void {
  if (turn.state.presence.dialsOut === dialsOut) return;
  const presence = { ...turn.state.presence, dialsOut };
  turn.change({ presence });
  turn.do({ type: "show-presence", presence });
}
