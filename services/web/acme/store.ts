import { createHash } from "node:crypto";
import { join } from "node:path";
import { VecheError } from "@veche/kit/errors.ts";
import { type Certificate, readCertificate } from "@veche/kit/tls/certificate.ts";
import { makeFolder, readOrNot, write } from "../tls/data-folder.ts";
import { AccountKey } from "./jws.ts";
import { type History, noHistory } from "./schedule.ts";

/**
 * What is kept of one ACME server, in `acme/<host>-<hash of the directory's address>` of VECHE_DATA_DIR: `account.key`;
 * `<name>.pem`, private key and chain in one file, so that they can't be out of step; `history.json`.
 */
export class AcmeStore {
  readonly #folder: string;
  readonly #file: string;
  readonly accountKey: AccountKey;
  #history: History;

  static async open(dataFolder: string, directory: string, names: readonly string[]): Promise<AcmeStore> {
    const hash = createHash("sha256").update(directory).digest("hex").slice(0, 8);
    const folder = join(dataFolder, "acme", `${new URL(directory).hostname}-${hash}`);
    await makeFolder(folder, 0o700);
    const key = await openAccountKey(folder);
    // A name may be an IPv6 address; colons stay out of file names.
    const file = `${(names[0] ?? "").replaceAll(":", "_")}.pem`;
    return new AcmeStore(folder, file, key, readHistory(await readOrNot(folder, "history.json")));
  }

  private constructor(folder: string, file: string, accountKey: AccountKey, history: History) {
    this.#folder = folder;
    this.#file = file;
    this.accountKey = accountKey;
    this.#history = history;
  }

  get history(): History {
    return this.#history;
  }

  /** Rejects where it can't be kept: then nothing must be asked of the authority. */
  async keepHistory(history: History): Promise<void> {
    await write(this.#folder, "history.json", JSON.stringify(history), 0o600);
    this.#history = history;
  }

  async keep({ key, chain }: Certificate): Promise<void> {
    await write(this.#folder, this.#file, `${key.trimEnd()}\n${chain}`, 0o600);
  }

  /** Undefined where there is none, or what is there is damaged: another is ordered. */
  async load(): Promise<Certificate | undefined> {
    const both = await readOrNot(this.#folder, this.#file);
    if (both === undefined) return undefined;
    const start = both.indexOf("-----BEGIN CERTIFICATE-----");
    if (start < 0) return undefined;
    try {
      return readCertificate("acme", both.slice(start), both.slice(0, start));
    } catch {
      return undefined;
    }
  }
}

async function openAccountKey(folder: string): Promise<AccountKey> {
  const kept = await readOrNot(folder, "account.key");
  if (kept !== undefined) {
    try {
      return AccountKey.read(kept);
    } catch (error) {
      const message = `VECHE_DATA_DIR: ${join(folder, "account.key")} is damaged: restore it, or remove it to make a new account`;
      throw new VecheError("failed-precondition", message, { cause: error });
    }
  }
  const key = AccountKey.create();
  await write(folder, "account.key", key.pem, 0o600);
  return key;
}

function readHistory(text: string | undefined): History {
  if (text === undefined) return noHistory;
  try {
    const { attempts, issued, notBefore } = JSON.parse(text) as Record<keyof History, unknown>;
    const moments = (value: unknown) => (Array.isArray(value) ? value.filter((one) => typeof one === "number") : []);
    return { attempts: moments(attempts), issued: moments(issued), notBefore: Number(notBefore) || 0 };
  } catch {
    return noHistory;
  }
}
