/** What a call needs of what is around it. */
import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { CallRules, Direction, Ending, Language, Room } from "../domain/call.ts";
import type { Prompt } from "../sound/sound.ts";
import type { TelephoneGiven } from "./telephone.ts";

/** What is told of a call, as the public facts have it. */
export type CallTold =
  | { readonly name: "sipCallIncoming" }
  | { readonly name: "sipCallRinging"; readonly sipStatus: number }
  | { readonly name: "sipCallStarted"; readonly codec: string }
  | { readonly name: "sipDtmf"; readonly digit: string; readonly via: string }
  | { readonly name: "sipCallEnded"; readonly cause: string; readonly sipStatus: number; readonly seconds: number };

export type CallHead = {
  readonly call: string;
  readonly direction: Direction;
  readonly endpoint: string;
  readonly room: Room | undefined;
  /** Of the sitting; undefined while there is none. */
  readonly session: string | undefined;
  readonly answeredMs: number;
};

export type CallPorts = {
  readonly bus: Bus;
  readonly unit: string;
  readonly gateway: { readonly id: string; readonly instance: string; readonly region: string };
  readonly clock: Clock;
  readonly log: Log;
  readonly rules: CallRules;
  readonly telephone: TelephoneGiven;
  readonly prompts: {
    /** In a language: "There are three people". */
    readonly people: (language: Language, count: number) => readonly Prompt[];
  };
  /** Room of a code; undefined: it is none. Rejects where codes are out of reach. */
  readonly lookUp: (code: string) => Promise<Room | undefined>;
  readonly tellFact: (head: CallHead, told: CallTold, atMs: number) => void;
  readonly announce: (conference: string, prompt: Prompt) => void;
  /** A session was accepted: the call's first, or one in the place of another. */
  readonly heard: (isFirst: boolean) => void;
  /** Nothing comes from the bridge of a call. */
  readonly bridgeSilent: (call: string) => void;
  readonly over: (call: string, ending: Ending) => void;
};
