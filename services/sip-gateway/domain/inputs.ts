import type { Cause, Room } from "./call.ts";
import type { KeyWay } from "./key-presses.ts";
import type { PhoneSays } from "./phone-json.ts";

/** How the call stands in its room, as the XMPP server says. */
export type Occupant = {
  readonly instance: string;
  readonly revision: bigint;
  readonly state: "waiting" | "lobby" | "inside" | "out";
  readonly reason: string;
  readonly isModerated: boolean;
  readonly maySpeak: boolean;
  readonly participants: number;
  readonly humans: number;
};

/** What happened to a call. */
export type Input =
  /** Somebody rings; without a room he is asked for a code. */
  | { readonly type: "rang" }
  /** A call out was begun. */
  | { readonly type: "dialled" }
  | { readonly type: "ringing"; readonly status: number }
  | { readonly type: "dial-failed"; readonly status: number }
  | { readonly type: "answered" }
  | { readonly type: "not-answered" }
  /** The caller hung up before the answer, or either after it. */
  | { readonly type: "line-ended"; readonly cause: "remote" | "timer" | "lost" }
  | { readonly type: "key"; readonly key: string; readonly way: KeyWay }
  | { readonly type: "phone-said"; readonly says: Exclude<PhoneSays, { readonly type: "key" }> }
  | { readonly type: "held"; readonly isHeld: boolean }
  | { readonly type: "silent"; readonly isSilent: boolean }
  | { readonly type: "played"; readonly number: number }
  | { readonly type: "code-found"; readonly room: Room }
  | { readonly type: "code-unknown" }
  | { readonly type: "code-not-looked-up" }
  | { readonly type: "occupant"; readonly occupant: Occupant }
  | {
      readonly type: "not-entered";
      readonly why: "password-wanted" | "password-wrong" | "refused" | "full" | "invalid" | "unavailable";
    }
  | { readonly type: "session-accepted"; readonly startMuted: boolean }
  | { readonly type: "session-ended" }
  | { readonly type: "mute-asked" }
  | { readonly type: "unmute-allowed" }
  | { readonly type: "unmute-refused" }
  /** A moderator, the operator, or a part of the gateway that failed. */
  | { readonly type: "end-asked"; readonly cause: Cause; readonly why: "moderator" | "restart" | "fault" }
  | { readonly type: "tick" };
