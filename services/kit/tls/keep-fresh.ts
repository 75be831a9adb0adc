import type { Clock } from "../clock.ts";
import type { Health } from "../health.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import {
  type Certificate,
  type CertificateKind,
  type CertificateSource,
  expiresAt,
  issuerOf,
  namesOf,
} from "./certificate.ts";
import type { CertificateFacts } from "./certificate-facts.ts";
import { expiryStep } from "./expiry.ts";

export const refreshMs = 10_000;

type Edges = {
  readonly clock: Clock;
  readonly log: Log;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly facts?: CertificateFacts;
};

/** What an operator asks about the certificate in use. */
export type CertificateReport = {
  readonly kind: CertificateKind;
  readonly names: readonly string[];
  readonly issuer: string;
  readonly validUntil: string;
  readonly problem?: string;
};

/** Ends when the look that is under way has ended: it may be writing. */
export type KeptFresh = AsyncDisposable & { report(): CertificateReport };

/** Replaces the certificate in use when its source has another; what can't be used leaves the present one in use. */
export function keepFresh(source: CertificateSource, use: (fresh: Certificate) => void, edges: Edges): KeptFresh {
  const { clock, log, health, facts } = edges;
  const expires = edges.metrics.gauge("certificate_expires_seconds", "End of the certificate in use, as a Unix time.");
  let looking: Promise<void> | undefined;
  let readingProblem: string | undefined;
  let lastProblem: string | undefined;
  const problem = () => readingProblem ?? source.problem ?? endProblem(source.current, clock.now());
  const tell = () => {
    const { current } = source;
    const now = clock.now();
    expires.set(expiresAt(current) / 1000);
    // Until the one in use has ended, people connect: a warning is enough.
    health.set("certificate", expiresAt(current) <= now ? "the certificate has ended" : undefined);
    const found = problem();
    if (found !== undefined && found !== lastProblem) log.warn({ problem: found }, "certificate");
    lastProblem = found;
    void facts?.tell({ certificate: current, step: stepOf(current, now), problem: readingProblem ?? source.problem });
  };
  const lookOnce = async () => {
    try {
      const fresh = await source.refresh();
      if (fresh !== undefined) {
        use(fresh);
        log.info({ kind: fresh.kind, until: fresh.leaf.validTo }, "certificate replaced");
      }
      readingProblem = undefined;
    } catch (error) {
      readingProblem = error instanceof Error ? error.message : String(error);
    }
    tell();
  };
  const look = () => {
    looking ??= lookOnce().finally(() => {
      looking = undefined;
    });
  };
  tell();
  look();
  const timer = clock.every(refreshMs, look);
  return {
    report() {
      const { kind, leaf } = source.current;
      const found = problem();
      return {
        kind,
        names: namesOf(leaf),
        issuer: issuerOf(leaf),
        validUntil: leaf.validToDate.toISOString(),
        ...(found === undefined ? {} : { problem: found }),
      };
    },
    async [Symbol.asyncDispose]() {
      timer.cancel();
      await looking;
    },
  };
}

function stepOf({ leaf }: Certificate, now: number) {
  return expiryStep({ from: leaf.validFromDate.getTime(), until: leaf.validToDate.getTime() }, now);
}

function endProblem(certificate: Certificate, now: number): string | undefined {
  const { validTo } = certificate.leaf;
  if (expiresAt(certificate) <= now) return `the certificate ended on ${validTo}`;
  return stepOf(certificate, now) === undefined ? undefined : `the certificate ends on ${validTo}`;
}
