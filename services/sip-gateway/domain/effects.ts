import type { Ending, Say } from "./call.ts";
import type { TellPhone } from "./phone-json.ts";

/** What is to be done for a call. */
export type Effect =
  | { readonly type: "ring" }
  | { readonly type: "answer" }
  | { readonly type: "reject"; readonly status: number }
  /** BYE, or CANCEL while it rings at the other end. */
  | { readonly type: "hang-up" }
  | { readonly type: "say"; readonly number: number; readonly say: readonly Say[] }
  | { readonly type: "hush" }
  | { readonly type: "look-up"; readonly code: string }
  /** Or password: somebody may be guessing. */
  | { readonly type: "count-wrong-code" }
  | { readonly type: "enter" }
  | { readonly type: "show" }
  | { readonly type: "leave" }
  | { readonly type: "set-muted"; readonly isMuted: boolean }
  | { readonly type: "ask-unmute" }
  | { readonly type: "tell-phone"; readonly tell: TellPhone }
  | { readonly type: "tell-incoming" }
  | { readonly type: "tell-ringing"; readonly status: number }
  | { readonly type: "tell-started" }
  | { readonly type: "tell-key"; readonly key: string; readonly way: string }
  | { readonly type: "over"; readonly ending: Ending };
