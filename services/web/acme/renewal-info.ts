import type { Clock } from "@veche/kit/clock.ts";
import type { Certificate } from "@veche/kit/tls/certificate.ts";
import { authorityKeyId } from "@veche/kit/x509.ts";
import type { Window } from "./schedule.ts";
import type { AcmeServer } from "./server.ts";

const hourMs = 3_600_000;
/** RFC 9773, 4.3: six hours unless the server says otherwise, within reason. */
const askAgainMs = { usual: 6 * hourMs, least: hourMs, most: 24 * hourMs };

export type RenewalInfo = {
  /** Undefined where the authority has no wish. */
  readonly window: Window | undefined;
  readonly askAgainAt: number;
};

/** What the authority wishes for this certificate. Rejects with AcmeProblem where it can't be asked. */
export async function askRenewalInfo(server: AcmeServer, certificate: Certificate, clock: Clock): Promise<RenewalInfo> {
  const base = await server.find("renewalInfo");
  const id = certificateId(certificate);
  if (base === undefined || id === undefined) return { window: undefined, askAgainAt: clock.now() + askAgainMs.most };
  const { object, retryAfterMs = askAgainMs.usual } = await server.get(`${base}/${id}`);
  const waitMs = Math.min(Math.max(retryAfterMs, askAgainMs.least), askAgainMs.most);
  return { window: readWindow(object), askAgainAt: clock.now() + waitMs };
}

/** RFC 9773, 4.1: the issuer's key identifier and the serial number as it stands in the certificate. */
export function certificateId({ leaf, chain }: Certificate): string | undefined {
  const issuer = authorityKeyId(chain);
  if (issuer === undefined) return undefined;
  const digits = leaf.serialNumber.padStart(leaf.serialNumber.length + (leaf.serialNumber.length % 2), "0");
  // In DER a number whose first bit is set has a zero before it, or it would be negative.
  const serial = Buffer.from(Number.parseInt(digits.slice(0, 2), 16) >= 0x80 ? `00${digits}` : digits, "hex");
  return `${issuer.toString("base64url")}.${serial.toString("base64url")}`;
}

function readWindow(object: Readonly<Record<string, unknown>> | undefined): Window | undefined {
  const { suggestedWindow } = (object ?? {}) as { suggestedWindow?: { start?: unknown; end?: unknown } };
  const [start, end] = [suggestedWindow?.start, suggestedWindow?.end].map((time) => Date.parse(String(time)));
  return start !== undefined && end !== undefined && start <= end ? { start, end } : undefined;
}
