import type { Clock } from "@veche/kit/clock.ts";
import type { Health } from "@veche/kit/health.ts";
import type { Log } from "@veche/kit/log.ts";
import { type Certificate, type CertificateSource, expiresAt } from "./certificate.ts";

export const refreshMs = 10_000;
const warnBeforeMs = 14 * 24 * 3600 * 1000;

type Edges = { readonly clock: Clock; readonly log: Log; readonly health: Health };

/** Replaces the certificate in use when its source has another; what can't be used leaves the present one in use. */
export function keepFresh(source: CertificateSource, use: (fresh: Certificate) => void, edges: Edges): Disposable {
  const { clock, log, health } = edges;
  let isBusy = false;
  let lastProblem: string | undefined;
  const tell = (problem: string | undefined) => {
    // Until the one in use has ended, people connect: a warning is enough.
    health.set("certificate", expiresAt(source.current) <= clock.now() ? "the certificate has ended" : undefined);
    if (problem !== undefined && problem !== lastProblem) log.warn({ problem }, "certificate");
    lastProblem = problem;
  };
  const look = async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      const fresh = await source.refresh();
      if (fresh !== undefined) {
        use(fresh);
        log.info({ until: fresh.leaf.validTo }, "certificate replaced");
      }
      tell(expiryProblem(source.current, clock.now()));
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error));
    } finally {
      isBusy = false;
    }
  };
  tell(expiryProblem(source.current, clock.now()));
  const timer = clock.every(refreshMs, () => void look());
  return { [Symbol.dispose]: () => timer.cancel() };
}

function expiryProblem(certificate: Certificate, now: number): string | undefined {
  const leftMs = expiresAt(certificate) - now;
  if (leftMs <= 0) return `the certificate ended on ${certificate.leaf.validTo}`;
  return leftMs < warnBeforeMs ? `the certificate ends on ${certificate.leaf.validTo}` : undefined;
}
