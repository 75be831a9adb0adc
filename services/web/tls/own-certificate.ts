import { readFile, stat } from "node:fs/promises";
import { VecheError } from "@veche/kit/errors.ts";
import { type Certificate, type CertificateSource, readCertificate } from "./certificate.ts";

type Files = { readonly certFile: string; readonly keyFile: string };

/** The operator's own files. They are looked at again and again: whoever renews them need not restart anything. */
export class OwnCertificate implements CertificateSource {
  readonly rootPem = undefined;
  readonly #files: Files;
  #current: Certificate;
  #mark: string;

  static async open(files: Files): Promise<OwnCertificate> {
    const mark = await markOf(files);
    return new OwnCertificate(files, await load(files), mark);
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
    // Only now: a pair caught half written is read again next time.
    this.#mark = mark;
    this.#current = fresh;
    return fresh;
  }
}

async function load({ certFile, keyFile }: Files): Promise<Certificate> {
  const chain = await read("VECHE_TLS_CERT_FILE", certFile);
  const key = await read("VECHE_TLS_KEY_FILE", keyFile);
  try {
    return readCertificate(chain, key);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new VecheError(
      "failed-precondition",
      `VECHE_TLS_CERT_FILE "${certFile}", VECHE_TLS_KEY_FILE "${keyFile}": ${problem}`,
      { cause: error },
    );
  }
}

async function read(setting: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw unreadable(setting, path, error);
  }
}

async function markOf({ certFile, keyFile }: Files): Promise<string> {
  const marks = [await markOfFile("VECHE_TLS_CERT_FILE", certFile), await markOfFile("VECHE_TLS_KEY_FILE", keyFile)];
  return marks.join(" ");
}

async function markOfFile(setting: string, path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return `${ino}-${size}-${mtimeMs}`;
  } catch (error) {
    throw unreadable(setting, path, error);
  }
}

function unreadable(setting: string, path: string, cause: unknown): VecheError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new VecheError("failed-precondition", `${setting} "${path}": can't be read (${code})`, { cause });
}
