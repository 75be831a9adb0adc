import {
  featuresAfterSignIn,
  featuresBeforeSignIn,
  isBindRequest,
  readSasl,
  type SaslCondition,
  type StreamCondition,
  saslChallenge,
  saslFailure,
  saslSuccess,
} from "../codec/rfc6120-stream.ts";
import { readStreamManagement, writeFailed } from "../codec/xep0198-stream-management.ts";
import type { Element } from "../codec/xml/element.ts";
import type { Exchange, Reply, SignedIn } from "../sasl/exchange.ts";
import type { Coming, SignIn } from "../sasl/sign-in.ts";
import { anonymous, type Identity } from "./identity.ts";
import type { Session } from "./session.ts";

/** What a stream does next on its way from nobody to a bound or resumed session. */
export type Step =
  | { readonly type: "write"; readonly xml: string }
  | { readonly type: "bind"; readonly iq: Element }
  | { readonly type: "resume"; readonly previd: string; readonly h: number }
  | { readonly type: "fail"; readonly condition: StreamCondition; readonly text: string };

const maxAttempts = 3;

type Given = {
  readonly isResumable: boolean;
  readonly signIn: SignIn;
  readonly arrival: Coming["arrival"];
  readonly previd: string;
};

/** SASL and what follows until the session is there: RFC 6120 section 6 and 7, XEP-0198 section 5. */
export class Negotiation {
  readonly #given: Given;
  #domain = "";
  #who: SignedIn | undefined;
  #mechanism = "";
  #exchange: Exchange | undefined;
  #isRestarted = false;
  #attempts = 0;

  constructor(given: Given) {
    this.#given = given;
  }

  /** "" before sign-in. */
  get username(): string {
    return this.#who?.username ?? "";
  }

  get identity(): Identity {
    return this.#who?.identity ?? anonymous;
  }

  /** May the session be gone on with by who signed in here? */
  owns(session: Session): boolean {
    return session.jid.local === this.username && session.jid.domain === this.#domain;
  }

  /** The stream is opened, or opened again after sign-in. */
  open(domain: string): string {
    if (this.#who) {
      this.#isRestarted = true;
      return featuresAfterSignIn({ isResumable: this.#given.isResumable });
    }
    this.#domain = domain;
    return featuresBeforeSignIn(this.#given.signIn.offered(this.#coming));
  }

  async receive(element: Element): Promise<Step> {
    if (!this.#who) return this.#authenticate(element);
    if (!this.#isRestarted) return fail("not-authorized", "open the stream again after signing in");
    if (isBindRequest(element)) {
      return this.#who.mayOnlyResume
        ? fail("not-authorized", "this domain wants people to sign in")
        : { type: "bind", iq: element };
    }
    const request = readStreamManagement(element);
    if (request?.ok && request.value.type === "resume" && this.#given.isResumable) return { ...request.value };
    if (request) return { type: "write", xml: writeFailed("unexpected-request") };
    return fail("not-authorized", "ask for a resource first");
  }

  async #authenticate(element: Element): Promise<Step> {
    const request = readSasl(element);
    if (!request) return fail("not-authorized", "sign in first");
    switch (request.type) {
      case "abort":
        return this.#failed("aborted");
      case "incorrect-encoding":
        return this.#failed("incorrect-encoding");
      case "auth": {
        this.#mechanism = request.mechanism;
        const exchange = this.#given.signIn.begin(this.#coming, request.mechanism);
        if (typeof exchange === "string") return this.#failed(exchange);
        this.#exchange = exchange;
        return this.#take(await exchange.respond(request.data));
      }
      case "response":
        if (!this.#exchange) return this.#failed("malformed-request");
        return this.#take(await this.#exchange.respond(request.data));
    }
  }

  #take(reply: Reply): Step {
    if (reply.type === "challenge") return { type: "write", xml: saslChallenge(reply.data) };
    this.#exchange = undefined;
    if (reply.type === "failed") return this.#failed(reply.condition, reply.text);
    this.#given.signIn.ended(this.#mechanism, "done");
    this.#who = reply.who;
    return { type: "write", xml: saslSuccess(reply.data) };
  }

  #failed(condition: SaslCondition, text?: string): Step {
    this.#exchange = undefined;
    this.#given.signIn.ended(this.#mechanism, condition);
    if (++this.#attempts >= maxAttempts) return fail("policy-violation", "too many attempts to sign in");
    return { type: "write", xml: saslFailure(condition, text) };
  }

  get #coming(): Coming {
    const { arrival, previd } = this.#given;
    return { domain: this.#domain, arrival, previd };
  }
}

function fail(condition: StreamCondition, text: string): Step {
  return { type: "fail", condition, text };
}
