import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type ConfigOf, text } from "../config.ts";
import { VecheError } from "../errors.ts";
import { CertificateFiles } from "../tls/certificate-files.ts";

export const privateTlsSchema = {
  VECHE_PRIVATE_TLS_CERT_FILE: text(
    "",
    "Certificate (PEM) of the internal authority for this process, for TLS between hosts; empty: plain http, within one host's network.",
  ),
  VECHE_PRIVATE_TLS_KEY_FILE: text("", "Its private key (PEM)."),
  VECHE_PRIVATE_TLS_CA_FILE: text("", "The internal authority, which the other hosts' certificates are checked with."),
};

export type PrivateTlsConfig = ConfigOf<typeof privateTlsSchema>;

/** What a process shows of itself and checks others with, in PEM. */
export type Identity = {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly leaf: X509Certificate;
};

type Setting = keyof typeof privateTlsSchema;

const authority = "VECHE_PRIVATE_TLS_CA_FILE";
const notPem = "expected certificates in PEM";
const settings = Object.keys(privateTlsSchema) as Setting[];

/** False where none of the three is given; one or two of them is a mistake. */
export function isPrivateTlsSet(config: PrivateTlsConfig): boolean {
  const missing = settings.filter((setting) => config[setting] === "");
  if (missing.length === settings.length) return false;
  if (missing.length === 0) return true;
  throw new VecheError(
    "invalid-argument",
    `${settings.join(", ")}: expected all three or none, found no ${missing.join(", ")}`,
  );
}

/** The files of this process, read again when they change. */
export class IdentityFiles {
  readonly #config: PrivateTlsConfig;
  readonly #role: string;
  readonly #pair: CertificateFiles;

  private constructor(config: PrivateTlsConfig, role: string, pair: CertificateFiles) {
    this.#config = config;
    this.#role = role;
    this.#pair = pair;
  }

  static async open(config: PrivateTlsConfig, role: string, now: () => number): Promise<IdentityFiles> {
    const named = (setting: Setting) => ({ setting, path: config[setting] });
    const certificate = named("VECHE_PRIVATE_TLS_CERT_FILE");
    const key = named("VECHE_PRIVATE_TLS_KEY_FILE");
    return new IdentityFiles(config, role, await CertificateFiles.open({ certificate, key, now }));
  }

  /** What the files hold now. Rejects with one line that names the setting, the file and what is wrong with it. */
  async read(): Promise<Identity> {
    await this.#pair.refresh();
    const { chain: cert, key, leaf } = this.#pair.current;
    const ca = await this.#readAuthority();
    if (!rootsIn(ca).some((root) => leaf.checkIssued(root) && leaf.verify(root.publicKey)))
      throw this.#fault(authority, "did not sign the certificate of VECHE_PRIVATE_TLS_CERT_FILE");
    const name = commonName(leaf);
    if (name !== this.#role)
      throw this.#fault(
        "VECHE_PRIVATE_TLS_CERT_FILE",
        `expected a certificate of "${this.#role}", found one of "${name}"`,
      );
    return { cert, key, ca, leaf };
  }

  async #readAuthority(): Promise<string> {
    try {
      const text = await readFile(this.#config[authority], "utf8");
      if (rootsIn(text).length > 0) return text;
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
      // Those of OpenSSL begin with ERR_.
      throw this.#fault(authority, /^E[A-Z]+$/.test(code) ? `can't be read (${code})` : notPem, cause);
    }
    throw this.#fault(authority, notPem);
  }

  #fault(setting: Setting, problem: string, cause?: unknown): VecheError {
    return new VecheError("failed-precondition", `${setting} "${this.#config[setting]}": ${problem}`, { cause });
  }
}

/** Several while an authority is being replaced. */
function rootsIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** "" where it has none, or more than one. */
function commonName({ subject }: X509Certificate): string {
  const names = subject.split("\n").filter((line) => line.startsWith("CN="));
  return names.length === 1 ? (names[0] ?? "").slice("CN=".length) : "";
}
