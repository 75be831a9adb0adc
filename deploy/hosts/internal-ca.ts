/**
 * The authority of the hosts of one installation: NATS shows a certificate of it, and roles of different hosts show them to each
 * other. It is not the one that browsers are to trust, and no page offers it.
 */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { join } from "node:path";
import { createRoot, issue, type Pair } from "@veche/kit/x509.ts";
import { readOrNot, writeWhole } from "../nats/files.ts";

const dayMs = 24 * 3600 * 1000;
/** Nobody looks after a school server for years; certificates are renewed at each start in their second half. */
const leafDays = 5 * 365;

export class InternalCa {
  readonly directory: string;
  readonly root: Pair;

  private constructor(directory: string, root: Pair) {
    this.directory = directory;
    this.root = root;
  }

  /** Made where there is none yet. Damaged files stop the start: every joined host trusts that root. */
  static async open(secretsDirectory: string, now = Date.now()): Promise<InternalCa> {
    const directory = join(secretsDirectory, "internal-ca");
    const kept = readPair(directory, "ca");
    if (kept) {
      const problem = problemOf(kept);
      if (problem !== undefined) throw new Error(`${directory}: ${problem}; restore ca.crt and ca.key from a backup`);
      return new InternalCa(directory, kept);
    }
    const root = await createRoot("Veche hosts", now);
    writePair(directory, "ca", root);
    return new InternalCa(directory, root);
  }

  get certificate(): string {
    return this.root.certificate;
  }

  /** A certificate that servers show and, to each other, clients: `commonName` is the role, `names` where it is reached. */
  issue(commonName: string, names: readonly string[], now = Date.now()): Promise<Pair> {
    return issue(this.root, names, now, { commonName, isClient: true, days: leafDays });
  }

  /** The same kept in a file, and renewed in time or when there is a name more. */
  async keep(commonName: string, names: readonly string[], now = Date.now()): Promise<Pair> {
    const kept = readPair(this.directory, commonName);
    if (kept && this.#isUsable(kept, names, now)) return kept;
    const fresh = await this.issue(commonName, names, now);
    writePair(this.directory, commonName, fresh);
    return fresh;
  }

  #isUsable({ certificate }: Pair, names: readonly string[], now: number): boolean {
    try {
      const leaf = new X509Certificate(certificate);
      const root = new X509Certificate(this.root.certificate);
      return (
        leaf.verify(root.publicKey) &&
        leaf.validFromDate.getTime() <= now &&
        leaf.validToDate.getTime() - now > (leafDays * dayMs) / 2 &&
        names.every((name) => (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined)
      );
    } catch {
      return false;
    }
  }
}

function problemOf({ certificate, key }: Pair): string | undefined {
  if (certificate === "" || key === "") return "expected ca.crt and ca.key, found one of them";
  try {
    return new X509Certificate(certificate).ca ? undefined : "ca.crt is no certificate of an authority";
  } catch {
    return "ca.crt is no certificate in PEM";
  }
}

/** Undefined where both are missing; "" for the one that is. */
function readPair(directory: string, name: string): Pair | undefined {
  const certificate = readOrNot(join(directory, `${name}.crt`));
  const key = readOrNot(join(directory, `${name}.key`));
  return certificate === undefined && key === undefined
    ? undefined
    : { certificate: certificate ?? "", key: key ?? "" };
}

function writePair(directory: string, name: string, { certificate, key }: Pair): void {
  writeWhole(join(directory, `${name}.key`), key);
  writeWhole(join(directory, `${name}.crt`), certificate);
}
