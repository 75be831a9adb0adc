import {
  featuresAfterSignIn,
  featuresBeforeSignIn,
  isBindRequest,
  readAuth,
  type StreamCondition,
  saslFailure,
  saslSuccess,
} from "../codec/rfc6120-stream.ts";
import { readStreamManagement, writeFailed } from "../codec/xep0198-stream-management.ts";
import type { Element } from "../codec/xml/element.ts";

/** What a stream does next on its way from nobody to a bound or resumed session. */
export type Step =
  | { readonly type: "write"; readonly xml: string }
  | { readonly type: "bind"; readonly iq: Element }
  | { readonly type: "resume"; readonly previd: string; readonly h: number }
  | { readonly type: "fail"; readonly condition: StreamCondition; readonly text: string };

const maxAttempts = 3;

/** SASL and what follows until the session is there: RFC 6120 section 6 and 7, XEP-0198 section 5. */
export class Negotiation {
  readonly #isResumable: boolean;
  readonly #anonymousName: () => string;
  #username = "";
  #isRestarted = false;
  #attempts = 0;

  constructor(options: { readonly isResumable: boolean; readonly anonymousName: () => string }) {
    this.#isResumable = options.isResumable;
    this.#anonymousName = options.anonymousName;
  }

  /** "" before sign-in. */
  get username(): string {
    return this.#username;
  }

  /** The stream is opened, or opened again after sign-in. */
  open(): string {
    if (this.#username === "") return featuresBeforeSignIn(["ANONYMOUS"]);
    this.#isRestarted = true;
    return featuresAfterSignIn({ isResumable: this.#isResumable });
  }

  receive(element: Element): Step {
    if (this.#username === "") return this.#signIn(element);
    if (!this.#isRestarted) return fail("not-authorized", "open the stream again after signing in");
    if (isBindRequest(element)) return { type: "bind", iq: element };
    const request = readStreamManagement(element);
    if (request?.ok && request.value.type === "resume" && this.#isResumable) return { ...request.value };
    if (request) return { type: "write", xml: writeFailed("unexpected-request") };
    return fail("not-authorized", "ask for a resource first");
  }

  #signIn(element: Element): Step {
    const auth = readAuth(element);
    if (!auth) return fail("not-authorized", "sign in first");
    if (auth.mechanism === "ANONYMOUS") {
      this.#username = this.#anonymousName();
      return { type: "write", xml: saslSuccess };
    }
    if (++this.#attempts >= maxAttempts) return fail("policy-violation", "too many attempts to sign in");
    return { type: "write", xml: saslFailure("invalid-mechanism") };
  }
}

function fail(condition: StreamCondition, text: string): Step {
  return { type: "fail", condition, text };
}
