import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";

/** Of our own authority; files of the operator's; ordered from an ACME server. */
export type CertificateKind = "private" | "files" | "acme";

/** What a TLS listener needs, in PEM. */
export type Certificate = {
  readonly kind: CertificateKind;
  /** The server's certificate first, then those that lead to the root. */
  readonly chain: string;
  readonly key: string;
  readonly leaf: X509Certificate;
};

/** Where the certificate comes from, and its replacements. */
export interface CertificateSource {
  readonly current: Certificate;
  /** The root to install on the clients' devices, in PEM, while a certificate we signed ourselves is in use. */
  readonly rootPem: string | undefined;
  /** Why there is no newer or better one, where that is known. */
  readonly problem?: string | undefined;
  /** A new certificate where there is one; rejects where there should be, and what is found can't be used. */
  refresh(): Promise<Certificate | undefined>;
}

/** Throws with a sentence that says what is wrong with the pair. */
export function readCertificate(kind: CertificateKind, chain: string, key: string): Certificate {
  const leaf = parse("certificate", () => new X509Certificate(chain));
  const privateKey = parse("private key", () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(privateKey)) throw new Error("the private key is not the certificate's");
  const certificate = { kind, chain, key, leaf };
  // What follows the first certificate is looked at as well: a chain cut short in the middle must not get to a listener.
  parse("chain of certificates", () => secureContext(certificate));
  return certificate;
}

export function tlsOptions({ chain, key }: Pick<Certificate, "chain" | "key">): SecureContextOptions {
  return { cert: chain, key, minVersion: "TLSv1.2" };
}

export function secureContext(certificate: Pick<Certificate, "chain" | "key">): SecureContext {
  return createSecureContext(tlsOptions(certificate));
}

export function expiresAt({ leaf }: Pick<Certificate, "leaf">): number {
  return leaf.validToDate.getTime();
}

/** DNS names and addresses it is valid for. */
export function namesOf(leaf: X509Certificate): readonly string[] {
  return (leaf.subjectAltName ?? "")
    .split(", ")
    .map((entry) => entry.replace(/^(?:DNS|IP Address):/, ""))
    .filter((name) => name !== "");
}

/** The most telling part of the issuer's name: that of the authority, else of its organisation. */
export function issuerOf(leaf: X509Certificate): string {
  const parts = leaf.issuer.split("\n");
  const part = parts.find((one) => one.startsWith("CN=")) ?? parts.find((one) => one.startsWith("O=")) ?? "";
  return part.slice(part.indexOf("=") + 1);
}

/** SHA-256 in hex: tells one certificate from the next. */
export function fingerprintOf(leaf: X509Certificate): string {
  return leaf.fingerprint256.replaceAll(":", "").toLowerCase();
}

function parse<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`expected a ${what} in PEM`, { cause: error });
  }
}
