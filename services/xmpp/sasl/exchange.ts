import type { SaslCondition } from "../codec/rfc6120-stream.ts";
import type { Identity } from "../stream/identity.ts";

/** Who signed in. */
export type SignedIn = {
  /** Local part of the address. */
  readonly username: string;
  readonly identity: Identity;
  /** Only to go on with the stream it had: new ones are not opened this way. */
  readonly mayOnlyResume: boolean;
};

export type Reply =
  | { readonly type: "challenge"; readonly data: string }
  | { readonly type: "done"; readonly who: SignedIn; readonly data?: string }
  | { readonly type: "failed"; readonly condition: SaslCondition; readonly text?: string };

/** One mechanism at work for one client. */
export interface Exchange {
  /** `data` is undefined where the client's request had none. */
  respond(data: string | undefined): Promise<Reply>;
}

export function failed(condition: SaslCondition, text?: string): Reply {
  return { type: "failed", condition, ...(text === undefined ? {} : { text }) };
}
