/** One telephone call, from the first ring to the last word: what is known of it. */
import { type Entry, type EntryRules, emptyEntry } from "./entry.ts";
import type { Press } from "./key-presses.ts";

export type Room = {
  readonly tenant: string;
  /** Room id of events.md. */
  readonly room: string;
  readonly name: string;
  readonly jid: string;
};

export const languages = ["ru", "en"] as const;
export type Language = (typeof languages)[number];

export type Direction = "in" | "out";

/** Of the fact `sip.call-ended`. */
export type Cause =
  | "caller"
  | "gateway"
  | "kicked"
  | "ended"
  | "rejected"
  | "busy"
  | "no-answer"
  | "refused"
  | "unreachable"
  | "media-timeout"
  | "limit"
  | "failed"
  | "gateway-lost";

export type Phase =
  /** Typing a code, and having it looked up. */
  | "code"
  | "looking-up"
  /** On the way into the room: let in at once, after a wait, or by the lobby. */
  | "entering"
  | "password"
  | "inside"
  /** The last words are said. */
  | "ending"
  | "over";

/** What others see of it in the room. */
export type Presence = {
  readonly isMuted: boolean;
  /** 0: down. */
  readonly raisedHandMs: number;
  /** As Jigasi words it. */
  readonly status: string;
};

/** When something is to be done if nothing comes before. */
export type Due =
  | "key"
  | "star"
  | "enter"
  | "entered"
  | "wait"
  | "remind"
  | "invite"
  | "alone"
  | "silent"
  | "ring"
  | "limit"
  | "last";

export type Call = {
  readonly call: string;
  readonly endpoint: string;
  readonly direction: Direction;
  readonly phase: Phase;
  /** Of the telephone: it rings, here or there; it is being answered; it is answered; it is gone. */
  readonly line: "ringing" | "answering" | "answered" | "gone";
  /** 0: not yet. */
  readonly answeredMs: number;
  readonly language: Language;
  readonly room: Room | undefined;
  readonly password: string;
  readonly entry: Entry;
  readonly stands: "outside" | "waiting" | "lobby" | "inside";
  /** The XMPP server was asked to let it in, and not to forget it. */
  readonly isAsked: boolean;
  /** What was last heard of it from the XMPP server. */
  readonly heard: { readonly instance: string; readonly revision: bigint };
  readonly presence: Presence;
  readonly isModerated: boolean;
  readonly maySpeak: boolean;
  readonly participants: number;
  readonly humans: number;
  readonly hadHumans: boolean;
  readonly hasSession: boolean;
  readonly hadSession: boolean;
  /** Said to be in conversation: answered, and in a sitting. */
  readonly isStarted: boolean;
  readonly isHeld: boolean;
  readonly isSilent: boolean;
  readonly presses: readonly Press[];
  /** The phone's request to unmute that waits for an answer. */
  readonly phoneAsks: string | undefined;
  /** Number of what is being said; 0: nothing. */
  readonly saying: number;
  readonly said: number;
  /** To be said once it is answered. */
  readonly toSay: readonly Say[];
  readonly due: Readonly<Partial<Record<Due, number>>>;
  readonly ending: Ending | undefined;
};

export type Ending = { readonly cause: Cause; readonly sipStatus: number };

/** Names of prompts, without their language (sound/prompts). */
export type PromptName =
  | "welcome"
  | "enter-code"
  | "wrong-code"
  | "try-again"
  | "too-many-codes"
  | "not-begun"
  | "lobby"
  | "lobby-refused"
  | "enter-password"
  | "wrong-password"
  | "room-full"
  | "joined"
  | "muted"
  | "unmuted"
  | "muted-by-moderator"
  | "only-moderator-unmutes"
  | "hand-raised"
  | "hand-lowered"
  | "alone"
  | "ended"
  | "call-limit"
  | "menu"
  | "goodbye"
  | "language"
  | "kicked"
  | "may-speak"
  | "speaking-reserved"
  | "unavailable"
  | "restarting";

export type Say =
  | PromptName
  /** In the language that is not the caller's: how to have it. */
  | "press-star"
  | { readonly people: number };

export type CallRules = {
  readonly entry: EntryRules;
  /** Digits of new codes. */
  readonly codeLength: number;
  /** While it lasts, `enter-room` is repeated. */
  readonly againMs: number;
  /** The same while the conference has not begun. */
  readonly waitAgainMs: number;
  /** The XMPP server, or its focus, does not answer. */
  readonly enterMs: number;
  /** In the lobby, or before a conference that does not begin. */
  readonly waitMs: number;
  readonly remindMs: number;
  /** No invitation to a bridge: JVB_INVITE_TIMEOUT. */
  readonly inviteMs: number;
  /** Nobody but calls has come yet. */
  readonly aloneMs: number;
  /** Nobody but calls is left. */
  readonly emptyMs: number;
  /** How long a phone is silent when it is told as silent. */
  readonly silentMs: number;
  /** A call out rings. */
  readonly ringMs: number;
  /** Any call; 0: no limit. */
  readonly longestMs: number;
  /** The last words, and what became of a call out that nobody took. */
  readonly lastMs: number;
  readonly failedShownMs: number;
};

export type NewCall = Pick<Call, "call" | "endpoint" | "direction" | "language"> & {
  readonly room: Room | undefined;
  readonly password: string;
};

export function newCall(given: NewCall): Call {
  return {
    ...given,
    phase: "entering",
    line: "ringing",
    answeredMs: 0,
    entry: emptyEntry,
    stands: "outside",
    isAsked: false,
    heard: { instance: "", revision: 0n },
    presence: { isMuted: false, raisedHandMs: 0, status: "Initializing Call" },
    isModerated: false,
    maySpeak: true,
    participants: 0,
    humans: 0,
    hadHumans: given.direction === "out",
    hasSession: false,
    hadSession: false,
    isStarted: false,
    isHeld: false,
    isSilent: false,
    presses: [],
    phoneAsks: undefined,
    saying: 0,
    said: 0,
    toSay: [],
    due: {},
    ending: undefined,
  };
}

/** When to look again though nothing happens. */
export function nextDue({ due }: Pick<Call, "due">): number | undefined {
  const times = Object.values(due).filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}
