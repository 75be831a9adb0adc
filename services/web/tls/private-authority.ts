import { randomBytes, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { VecheError } from "@veche/kit/errors.ts";
import { type Certificate, type CertificateSource, expiresAt, readCertificate } from "@veche/kit/tls/certificate.ts";
import { createRoot, issue, type Pair } from "@veche/kit/x509.ts";
import { makeFolder, readOrNot, write } from "./data-folder.ts";

const renewBeforeMs = 30 * 24 * 3600 * 1000;

export type AuthorityOptions = {
  readonly folder: string;
  /** Looked at at each refresh: a machine gets new addresses. */
  readonly names: () => readonly string[];
  readonly now: () => number;
};

/**
 * A certificate authority of this installation alone, kept as ca.crt and ca.key, with server.crt and server.key signed by
 * it (services/decisions/0007-private-ca.md). Once devices trust the root it must not change: damaged files stop the
 * start, they are never replaced.
 */
export class PrivateAuthority implements CertificateSource {
  readonly #options: AuthorityOptions;
  readonly #root: Pair;
  #current: Certificate;

  static async open(options: AuthorityOptions): Promise<PrivateAuthority> {
    const { folder, now } = options;
    await makeFolder(folder, 0o755);
    const root = (await loadRoot(folder)) ?? (await makeRoot(folder, options.names()[0] ?? "localhost", now()));
    const kept = await loadServer(folder, root);
    const isKept = kept !== undefined && isUsable(kept, options.names(), now());
    return new PrivateAuthority(options, root, isKept ? kept : await renew(options, root));
  }

  private constructor(options: AuthorityOptions, root: Pair, current: Certificate) {
    this.#options = options;
    this.#root = root;
    this.#current = current;
  }

  get current(): Certificate {
    return this.#current;
  }

  get rootPem(): string {
    return this.#root.certificate;
  }

  async refresh(): Promise<Certificate | undefined> {
    const { names, now } = this.#options;
    if (isUsable(this.#current, names(), now())) return undefined;
    this.#current = await renew(this.#options, this.#root);
    return this.#current;
  }
}

/** Names that are no longer wanted do no harm: addresses come and go. */
function isUsable(certificate: Certificate, names: readonly string[], now: number): boolean {
  const { leaf } = certificate;
  const hasName = (name: string) => (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined;
  return expiresAt(certificate) - now > renewBeforeMs && leaf.validFromDate.getTime() <= now && names.every(hasName);
}

async function renew({ folder, names, now }: AuthorityOptions, root: Pair): Promise<Certificate> {
  const pair = await issue(root, names(), now());
  await write(folder, "server.key", pair.key, 0o600);
  await write(folder, "server.crt", pair.certificate, 0o644);
  return readCertificate("private", pair.certificate, pair.key);
}

async function makeRoot(folder: string, name: string, now: number): Promise<Pair> {
  const root = await createRoot(`Veche ${name} ${randomBytes(3).toString("hex")}`.slice(0, 64), now);
  await write(folder, "ca.key", root.key, 0o600);
  await write(folder, "ca.crt", root.certificate, 0o644);
  return root;
}

async function loadRoot(folder: string): Promise<Pair | undefined> {
  const certificate = await readOrNot(folder, "ca.crt");
  const key = await readOrNot(folder, "ca.key");
  if (certificate === undefined) return undefined;
  if (key === undefined) throw damaged(folder, "ca.crt is there and ca.key is not");
  try {
    const { leaf } = readCertificate("private", certificate, key);
    if (!leaf.ca) throw new Error("ca.crt is no certificate of an authority");
    return { certificate, key };
  } catch (error) {
    throw damaged(folder, error instanceof Error ? error.message : String(error), error);
  }
}

/** Undefined where there is none, or one of another root, or a damaged one: it is made again. */
async function loadServer(folder: string, root: Pair): Promise<Certificate | undefined> {
  const chain = await readOrNot(folder, "server.crt");
  const key = await readOrNot(folder, "server.key");
  if (chain === undefined || key === undefined) return undefined;
  try {
    const certificate = readCertificate("private", chain, key);
    return certificate.leaf.verify(new X509Certificate(root.certificate).publicKey) ? certificate : undefined;
  } catch {
    return undefined;
  }
}

function damaged(folder: string, problem: string, cause?: unknown): VecheError {
  return new VecheError(
    "failed-precondition",
    `VECHE_DATA_DIR "${folder}": ${problem}; restore ca.crt and ca.key, or remove both and install the new root on every device`,
    { cause },
  );
}
