// Before @peculiar/x509, whose container of parts wants it at load.
import "reflect-metadata";
import { createPrivateKey, randomBytes, webcrypto } from "node:crypto";

import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

type CryptoKey = webcrypto.CryptoKey;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 24 * 3600 * 1000;
/** Clocks of school machines are sometimes behind. */
const clockSkewMs = dayMs;
const rootDays = 20 * 365;
/** Browsers refuse longer ones: 398 days in all. */
const serverDays = 396;

export type Pair = { readonly certificate: string; readonly key: string };

/** A root that can sign certificates of servers, and no further authority. */
export async function createRoot(name: string, now: number): Promise<Pair> {
  const keys = await createKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [name] }, { O: ["Veche"] }],
    notBefore: new Date(now - clockSkewMs),
    notAfter: new Date(now + rootDays * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: `${root.toString("pem")}\n`, key: await exportKey(keys.privateKey) };
}

export type LeafOptions = {
  /** The first of the names unless it is given. */
  readonly commonName?: string;
  /** It may also be shown by whoever opens a connection. */
  readonly isClient?: boolean;
  readonly days?: number;
};

/** A server's certificate for all of `names`; its chain is this one and the root. */
export async function issue(
  root: Pair,
  names: readonly string[],
  now: number,
  { commonName = names[0] ?? "localhost", isClient = false, days = serverDays }: LeafOptions = {},
): Promise<Pair> {
  const issuer = new x509.X509Certificate(root.certificate);
  const keys = await createKeys();
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [commonName.slice(0, 64)] }],
    issuer: issuer.subjectName,
    notBefore: new Date(now - clockSkewMs),
    notAfter: new Date(Math.min(now + days * dayMs, issuer.notAfter.getTime())),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await importKey(root.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        ...(isClient ? [x509.ExtendedKeyUsage.clientAuth] : []),
      ]),
      alternativeNames(names),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificate: `${leaf.toString("pem")}\n${root.certificate}`, key: await exportKey(keys.privateKey) };
}

export type CertificateRequest = {
  /** PKCS #10 in DER, base64url. */
  readonly request: string;
  readonly key: string;
};

/** A new key, and the request for a certificate for it. */
export async function createRequest(names: readonly string[]): Promise<CertificateRequest> {
  const keys = await createKeys();
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: algorithm,
    extensions: [alternativeNames(names)],
  });
  return { request: Buffer.from(request.rawData).toString("base64url"), key: await exportKey(keys.privateKey) };
}

/** What names the issuer's key in a certificate (PEM). */
export function authorityKeyId(certificate: string): Buffer | undefined {
  const [first] = x509.PemConverter.decode(certificate);
  const extension = first && new x509.X509Certificate(first).getExtension(x509.AuthorityKeyIdentifierExtension);
  return extension?.keyId === undefined ? undefined : Buffer.from(extension.keyId, "hex");
}

function alternativeNames(names: readonly string[]): x509.SubjectAlternativeNameExtension {
  return new x509.SubjectAlternativeNameExtension(
    names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value }) as const),
  );
}

function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function exportKey(key: CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}

function importKey(pem: string): Promise<CryptoKey> {
  const der = createPrivateKey(pem).export({ format: "der", type: "pkcs8" });
  return webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
}

/** Positive, and not zero in its first byte. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
}
