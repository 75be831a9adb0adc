import type { LiveSettingsWatch } from "@veche/kit/live-settings.ts";
import type { SaslCondition } from "../codec/rfc6120-stream.ts";
import { scramMechanisms } from "../domain/scram.ts";
import type { Domains } from "../domains.ts";
import type { XmppMetrics } from "../metrics.ts";
import { anonymous, type Identity } from "../stream/identity.ts";
import type { Arrival, Session } from "../stream/session.ts";
import type { Sessions } from "../stream/sessions.ts";
import type { TokenAuth } from "../tokens/token-auth.ts";
import { type Exchange, failed, type Reply } from "./exchange.ts";
import type { Passwords } from "./passwords.ts";
import { Plain } from "./plain.ts";
import { Scram } from "./scram.ts";

/** COMPAT: strophe takes the strongest it knows whatever the order; other clients take the first. */
const mechanisms = [...scramMechanisms, "PLAIN", "ANONYMOUS"] as const;
export type Mechanism = (typeof mechanisms)[number];

/** A stream that wants to be somebody's. */
export type Coming = {
  readonly domain: string;
  readonly arrival: Arrival;
  /** Stream-management id that its client means to go on with. */
  readonly previd: string;
};

type Given = {
  readonly domains: Domains;
  readonly settings: Pick<LiveSettingsWatch, "current">;
  readonly passwords: Passwords;
  readonly tokens: TokenAuth;
  readonly sessions: Sessions;
  readonly metrics: Pick<XmppMetrics, "signIns">;
  /** People sign in with tokens alone. */
  readonly isByTokenOnly: boolean;
};

/** Who may sign in where and how, asked anew at each attempt: what an operator switches holds at once. */
export class SignIn {
  readonly #given: Given;

  constructor(given: Given) {
    this.#given = given;
  }

  /** Mechanisms to offer. */
  offered(coming: Coming): readonly Mechanism[] {
    return mechanisms.filter((mechanism) => this.#refusal(coming, mechanism) === undefined);
  }

  /** Begins an exchange, or says why not. */
  begin(coming: Coming, wanted: string): Exchange | SaslCondition {
    const mechanism = mechanisms.find((known) => known === wanted);
    if (!mechanism) return "invalid-mechanism";
    const refusal = this.#refusal(coming, mechanism);
    if (refusal) return refusal;
    const { passwords } = this.#given;
    const { domain, arrival } = coming;
    if (mechanism === "ANONYMOUS") return { respond: () => this.#anonymous(coming) };
    if (mechanism === "PLAIN") return new Plain(passwords, domain, arrival.address);
    return new Scram(passwords, mechanism, domain, arrival.address);
  }

  /** To be told how each exchange ended. */
  ended(mechanism: string, outcome: "done" | SaslCondition): void {
    const known = mechanisms.find((name) => name === mechanism) ?? "unknown";
    this.#given.metrics.signIns.inc({ mechanism: known, outcome });
  }

  #refusal(coming: Coming, mechanism: Mechanism): SaslCondition | undefined {
    const { domains } = this.#given;
    if (mechanism === "ANONYMOUS") return this.#mayBeAnonymous(coming) ? undefined : "invalid-mechanism";
    if (coming.domain === domains.guest) return "invalid-mechanism";
    if (coming.domain === domains.main && this.#given.isByTokenOnly) return "invalid-mechanism";
    return mechanism === "PLAIN" && !isConfidential(coming.arrival) ? "encryption-required" : undefined;
  }

  #mayBeAnonymous(coming: Coming): boolean {
    const { domains, settings, tokens } = this.#given;
    if (coming.domain === domains.guest) return true;
    if (coming.domain !== domains.main) return false;
    return tokens.isConfigured || !settings.current.secureDomain || this.#resumable(coming) !== undefined;
  }

  async #anonymous(coming: Coming): Promise<Reply> {
    const { domains, settings, tokens, sessions } = this.#given;
    const { token = "" } = coming.arrival;
    const before = this.#resumable(coming);
    const username = sessions.anonymousName(before);
    if (coming.domain === domains.guest || !tokens.isConfigured) {
      // Who is in a call when the domain becomes secure stays in it, whatever happens to the connection.
      const mayOnlyResume = coming.domain !== domains.guest && settings.current.secureDomain;
      if (mayOnlyResume && !before) return failed("invalid-mechanism");
      return { type: "done", who: { username, identity: anonymous, mayOnlyResume } };
    }
    if (token === "") {
      if (!tokens.allowsEmpty) return failed("not-allowed", "token required");
      return { type: "done", who: { username, identity: anonymous, mayOnlyResume: false } };
    }
    const verified = await tokens.verify(token);
    if (!verified.ok) return failed("not-allowed", verified.text);
    const { identity, isExpired } = verified;
    if (!before || !isSamePerson(before.identity, identity)) {
      const fresh = { username: sessions.anonymousName(undefined), identity, mayOnlyResume: false };
      return isExpired ? failed("not-allowed", "token expired") : { type: "done", who: fresh };
    }
    for (const { room } of before.rooms.values()) {
      if (!tokens.holdsIn(identity, room.address)) return failed("not-allowed", "Room and token mismatched");
    }
    return { type: "done", who: { username, identity, mayOnlyResume: isExpired } };
  }

  /** The stream that a client which names no user may go on with: never one that somebody signed in to by name. */
  #resumable({ domain, previd }: Coming): Session | undefined {
    const session = this.#given.sessions.byId(previd);
    if (!session?.isResumable || session.jid.domain !== domain) return undefined;
    const { kind, userId } = session.identity;
    const isByName = (kind === "account" || kind === "service") && session.jid.local === userId;
    return isByName ? undefined : session;
  }
}

function isSamePerson(a: Identity, b: Identity): boolean {
  return a.kind === b.kind && a.userId === b.userId;
}

const loopback = /^wss?:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/** TLS up to a proxy that is trusted, or here; or the machine itself, where a stack is tried out. */
export function isConfidential({ origin }: Pick<Arrival, "origin">): boolean {
  return origin.startsWith("wss:") || loopback.test(origin);
}
