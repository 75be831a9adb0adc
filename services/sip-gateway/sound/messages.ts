/** What the process and the thread of the sound say to one another. `leg` numbers a leg, `ask` a question. */
import type { ErrorCode } from "@veche/kit/errors.ts";
import type { BridgeMedia, LegMedia, LegStats, Prompt, SoundOptions, Voice } from "./sound.ts";

export type ToThread =
  | { readonly type: "open"; readonly leg: number }
  | { readonly type: "media"; readonly leg: number; readonly media: LegMedia }
  | {
      readonly type: "play";
      readonly leg: number;
      readonly ask: number;
      readonly prompts: readonly Prompt[];
      readonly repeat: boolean;
    }
  | { readonly type: "stop-prompts"; readonly leg: number }
  | { readonly type: "keys"; readonly leg: number; readonly digits: string }
  | { readonly type: "open-bridge"; readonly leg: number; readonly ask: number; readonly towards: string }
  | { readonly type: "bridge"; readonly leg: number; readonly media: BridgeMedia }
  | { readonly type: "voices"; readonly leg: number; readonly voices: readonly Voice[] }
  | { readonly type: "close-bridge"; readonly leg: number }
  | { readonly type: "join"; readonly leg: number; readonly conference: string | undefined; readonly endpoint: string }
  | { readonly type: "muted"; readonly leg: number; readonly isMuted: boolean }
  | { readonly type: "close"; readonly leg: number }
  | { readonly type: "announce"; readonly conference: string; readonly prompts: readonly Prompt[] };

export type Place = { readonly ip: string; readonly port: number };

export type FromThread =
  | { readonly type: "opened"; readonly leg: number; readonly local: Place }
  | { readonly type: "refused"; readonly leg: number; readonly code: ErrorCode; readonly message: string }
  | { readonly type: "played"; readonly leg: number; readonly ask: number; readonly isWhole: boolean }
  | { readonly type: "bridge-opened"; readonly leg: number; readonly ask: number; readonly local: Place }
  | {
      readonly type: "bridge-refused";
      readonly leg: number;
      readonly ask: number;
      readonly code: ErrorCode;
      readonly message: string;
    }
  /** This leg can't go on, the others do. */
  | { readonly type: "failed"; readonly leg: number; readonly message: string }
  | { readonly type: "key"; readonly leg: number; readonly digit: string; readonly via: "rtp" | "inband" }
  | { readonly type: "silent"; readonly leg: number; readonly isSilent: boolean }
  | { readonly type: "bridge-silent"; readonly leg: number; readonly isSilent: boolean }
  /** A file of the operator's that can't be played. */
  | { readonly type: "fault"; readonly fault: string }
  | { readonly type: "stats"; readonly load: number; readonly legs: readonly (readonly [number, LegStats])[] };

/** What the thread is started with. */
export type ThreadData = { readonly options: SoundOptions };
