import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { type Certificate, type CertificateSource, expiresAt, fingerprintOf } from "@veche/kit/tls/certificate.ts";
import type { Validity } from "@veche/kit/tls/expiry.ts";
import type { ExternalAccount } from "./jws.ts";
import { type ChallengeBoard, covers, orderCertificate } from "./order.ts";
import { AcmeProblem, explain } from "./problem.ts";
import { askRenewalInfo, certificateId } from "./renewal-info.ts";
import {
  mayAskAt,
  renewalTime,
  retryDelayMs,
  type Window,
  withAttempt,
  withCertificate,
  withRefusal,
} from "./schedule.ts";
import { AcmeServer } from "./server.ts";
import type { AcmeStore } from "./store.ts";

export type AcmeSettings = {
  /** Address of the ACME server's directory. */
  readonly directory: string;
  readonly names: readonly string[];
  readonly email: string;
  readonly profile: string;
  /** Roots in PEM that the ACME server's own certificate may have. */
  readonly ca: string | undefined;
  readonly externalAccount: ExternalAccount | undefined;
  readonly httpPort: number;
};

export type AcmeEdges = {
  readonly clock: Clock;
  readonly log: Log;
  readonly board: ChallengeBoard;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly onOutcome: (outcome: "issued" | "failed") => void;
};

/**
 * A certificate ordered from an ACME server and renewed in time. While there is none that is valid, the private
 * authority's is used. Orders run beside: `refresh` waits for none.
 */
export class AcmeCertificate implements CertificateSource, AsyncDisposable {
  readonly #settings: AcmeSettings;
  readonly #edges: AcmeEdges;
  readonly #store: AcmeStore;
  readonly #fallback: CertificateSource;
  readonly #ending = new AbortController();
  #ordered: Certificate | undefined;
  #current: Certificate;
  #problem: string | undefined;
  #work: Promise<void> | undefined;
  #failures = 0;
  #notBefore = 0;
  #window: Window | undefined;
  #askWindowAt = 0;
  /** Drawn for each certificate. */
  #random: number;

  static async open(
    settings: AcmeSettings,
    store: AcmeStore,
    fallback: CertificateSource,
    edges: AcmeEdges,
  ): Promise<AcmeCertificate> {
    return new AcmeCertificate(settings, store, fallback, edges, await store.load());
  }

  private constructor(
    settings: AcmeSettings,
    store: AcmeStore,
    fallback: CertificateSource,
    edges: AcmeEdges,
    kept: Certificate | undefined,
  ) {
    this.#settings = settings;
    this.#store = store;
    this.#fallback = fallback;
    this.#edges = edges;
    this.#ordered = kept;
    this.#random = edges.random();
    this.#current = this.#best();
  }

  get current(): Certificate {
    return this.#current;
  }

  get rootPem(): string | undefined {
    return this.#current.kind === "acme" ? undefined : this.#fallback.rootPem;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  async refresh(): Promise<Certificate | undefined> {
    await this.#fallback.refresh();
    this.#work ??= this.#lookAfter().finally(() => {
      this.#work = undefined;
    });
    const best = this.#best();
    if (fingerprintOf(best.leaf) === fingerprintOf(this.#current.leaf)) return undefined;
    this.#current = best;
    return best;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new Error("this process ends"));
    await this.#work;
  }

  #best(): Certificate {
    return this.#isValid(this.#ordered) ? this.#ordered : this.#fallback.current;
  }

  #isValid(certificate: Certificate | undefined): certificate is Certificate {
    return certificate !== undefined && expiresAt(certificate) > this.#edges.clock.now();
  }

  async #lookAfter(): Promise<void> {
    const { clock, log } = this.#edges;
    try {
      if (this.#ordered !== undefined && clock.now() >= this.#askWindowAt) await this.#askWindow(this.#ordered);
      if (clock.now() >= this.#dueAt()) await this.#order();
    } catch (error) {
      if (!this.#ending.signal.aborted) log.error({ err: error }, "the certificate's renewal failed");
    }
  }

  #dueAt(): number {
    const lifeMs = this.#ordered && lengthOf(validityOf(this.#ordered));
    return Math.max(this.#wantedAt(), this.#notBefore, mayAskAt(this.#store.history, lifeMs));
  }

  #wantedAt(): number {
    const kept = this.#ordered;
    if (kept === undefined || this.#settings.names.some((name) => !covers(kept, name))) return 0;
    return renewalTime(validityOf(kept), this.#window, this.#random);
  }

  /** The authority may want it renewed earlier, for instance because it is going to revoke it. */
  async #askWindow(certificate: Certificate): Promise<void> {
    const { clock, log } = this.#edges;
    try {
      const { window, askAgainAt } = await askRenewalInfo(this.#server(), certificate, clock);
      this.#window = window;
      this.#askWindowAt = askAgainAt;
    } catch (error) {
      this.#ending.signal.throwIfAborted();
      this.#askWindowAt = clock.now() + 3_600_000;
      log.debug({ err: error }, "the authority did not say when it wishes the renewal");
    }
  }

  async #order(): Promise<void> {
    const { clock, log, onOutcome, random } = this.#edges;
    const { names } = this.#settings;
    const previous = this.#ordered;
    try {
      // First of all it is noted: a process that ends over it must not begin without end.
      await this.#store.keepHistory(withAttempt(this.#store.history, clock.now()));
      log.info({ names, authority: this.#authority }, "ordering a certificate");
      const fresh = await this.#askFor(previous);
      await this.#store.keepHistory(withCertificate(this.#store.history, clock.now()));
      this.#ordered = fresh;
      this.#problem = undefined;
      this.#failures = 0;
      this.#notBefore = 0;
      this.#window = undefined;
      this.#askWindowAt = 0;
      this.#random = random();
      await this.#store.keep(fresh);
      onOutcome("issued");
    } catch (error) {
      this.#ending.signal.throwIfAborted();
      await this.#fail(error);
      onOutcome("failed");
    }
  }

  async #fail(error: unknown): Promise<void> {
    const { clock, random } = this.#edges;
    this.#failures += 1;
    const now = clock.now();
    const wishMs = error instanceof AcmeProblem ? (error.retryAfterMs ?? 0) : 0;
    this.#notBefore = now + Math.max(retryDelayMs(this.#failures, random()), wishMs);
    if (wishMs > 0) await this.#store.keepHistory(withRefusal(this.#store.history, now + wishMs)).catch(() => {});
    const { httpPort, names } = this.#settings;
    const why = explain(error, { authority: this.#authority, names, httpPort });
    const next = new Date(this.#dueAt()).toISOString().replace(/\.\d+Z$/, "Z");
    this.#problem = `no certificate from ${this.#authority}: ${why}; the next attempt is at ${next}`;
  }

  async #askFor(previous: Certificate | undefined): Promise<Certificate> {
    const { names, profile } = this.#settings;
    const { board, clock } = this.#edges;
    const server = this.#server();
    const isReplaceable = previous !== undefined && (await server.find("renewalInfo")) !== undefined;
    const replaces = isReplaceable ? certificateId(previous) : undefined;
    return orderCertificate(server, { names, profile, replaces, board, clock, signal: this.#ending.signal });
  }

  #server(): AcmeServer {
    const { directory, email, ca, externalAccount } = this.#settings;
    const { clock } = this.#edges;
    const key = this.#store.accountKey;
    return new AcmeServer({ directory, key, ca, email, externalAccount, clock, signal: this.#ending.signal });
  }

  get #authority(): string {
    return new URL(this.#settings.directory).host;
  }
}

function validityOf({ leaf }: Certificate): Validity {
  return { from: leaf.validFromDate.getTime(), until: leaf.validToDate.getTime() };
}

function lengthOf({ from, until }: Validity): number {
  return until - from;
}
