import { createPrivateKey, X509Certificate } from "node:crypto";

/** What a TLS listener needs, in PEM. */
export type Certificate = {
  /** The server's certificate first, then those that lead to the root. */
  readonly chain: string;
  readonly key: string;
  readonly leaf: X509Certificate;
};

/** Where the certificate comes from, and its replacements. */
export interface CertificateSource {
  readonly current: Certificate;
  /** The root to install on the clients' devices, in PEM, where we made it ourselves. */
  readonly rootPem: string | undefined;
  /** A new certificate where there is one; rejects where there should be, and what is found can't be used. */
  refresh(): Promise<Certificate | undefined>;
}

/** Throws with a sentence that says what is wrong with the pair. */
export function readCertificate(chain: string, key: string): Certificate {
  const leaf = parse("certificate", () => new X509Certificate(chain));
  const privateKey = parse("private key", () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(privateKey)) throw new Error("the private key is not the certificate's");
  return { chain, key, leaf };
}

export function expiresAt({ leaf }: Certificate): number {
  return leaf.validToDate.getTime();
}

function parse<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`expected a ${what} in PEM`, { cause: error });
  }
}
