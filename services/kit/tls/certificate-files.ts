import { readFile, stat } from "node:fs/promises";
import { VecheError } from "../errors.ts";
import { type Certificate, type CertificateSource, expiresAt, readCertificate } from "./certificate.ts";

/** A path, and the setting that names it. */
export type NamedFile = { readonly setting: string; readonly path: string };

export type Files = {
  readonly certificate: NamedFile;
  readonly key: NamedFile;
  readonly now: () => number;
};

/**
 * The operator's own files. They are looked at again and again, through symbolic links (certbot, Kubernetes): whoever
 * renews them need not restart anything. What can't be used leaves the present one in use, and is read again next time.
 */
export class CertificateFiles implements CertificateSource {
  readonly rootPem = undefined;
  readonly #files: Files;
  #current: Certificate;
  #mark: string;

  static async open(files: Files): Promise<CertificateFiles> {
    const mark = await markOf(files);
    return new CertificateFiles(files, await load(files), mark);
  }

  private constructor(files: Files, current: Certificate, mark: string) {
    this.#files = files;
    this.#current = current;
    this.#mark = mark;
  }

  get current(): Certificate {
    return this.#current;
  }

  async refresh(): Promise<Certificate | undefined> {
    const mark = await markOf(this.#files);
    if (mark === this.#mark) return undefined;
    const fresh = await load(this.#files);
    this.#check(fresh);
    // Only now: a pair caught half written is read again next time.
    this.#mark = mark;
    this.#current = fresh;
    return fresh;
  }

  /** One that nobody would accept must not take the place of one that everybody does. */
  #check(fresh: Certificate): void {
    const now = this.#files.now();
    if (expiresAt(this.#current) <= now) return;
    const { validFrom, validTo, validFromDate } = fresh.leaf;
    if (expiresAt(fresh) <= now) throw unusable(this.#files, `the new certificate ended on ${validTo}`);
    if (validFromDate.getTime() > now) throw unusable(this.#files, `the new certificate is valid from ${validFrom}`);
  }
}

async function load(files: Files): Promise<Certificate> {
  const [chain, key] = await Promise.all([read(files.certificate), read(files.key)]);
  try {
    return readCertificate("files", chain, key);
  } catch (error) {
    throw unusable(files, error instanceof Error ? error.message : String(error), error);
  }
}

async function read(file: NamedFile): Promise<string> {
  try {
    return await readFile(file.path, "utf8");
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function markOf({ certificate, key }: Files): Promise<string> {
  return (await Promise.all([markOfFile(certificate), markOfFile(key)])).join(" ");
}

async function markOfFile(file: NamedFile): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(file.path);
    return `${ino}-${size}-${mtimeMs}`;
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unusable({ certificate, key }: Files, problem: string, cause?: unknown): VecheError {
  const where = [certificate, key].map(({ setting, path }) => `${setting} "${path}"`).join(", ");
  return new VecheError("failed-precondition", `${where}: ${problem}`, { cause });
}

function unreadable({ setting, path }: NamedFile, cause: unknown): VecheError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new VecheError("failed-precondition", `${setting} "${path}": can't be read (${code})`, { cause });
}
