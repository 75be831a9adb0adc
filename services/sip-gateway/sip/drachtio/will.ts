/** What is to be said to phones when the gateway has died: lines of JSON from the gateway to the process that outlives it. */
import type { DrachtioServer, Headers } from "./link.ts";

/** Every second; the first line is this with the server. */
export const beatMs = 1_000;

/** The gateway is taken for dead after this. */
export const silentMs = 4_000;

/** Its exit status where it has said the last words. */
export const saidStatus = 3;

export type LastWord =
  | { readonly type: "bye"; readonly dialogId: string }
  | { readonly type: "cancel"; readonly transactionId: string; readonly uri: string }
  | { readonly type: "refuse"; readonly transactionId: string; readonly headers: Headers };

export type Line =
  | { readonly type: "server"; readonly server: DrachtioServer }
  | { readonly type: "beat" }
  | { readonly type: "will"; readonly key: string; readonly word: LastWord }
  | { readonly type: "forget"; readonly key: string }
  /** The gateway ends by itself. */
  | { readonly type: "done" };
