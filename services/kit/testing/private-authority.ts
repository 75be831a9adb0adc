/** An internal authority and what it signs, as files of one folder: tests of TLS between hosts give them to processes. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PrivateTlsConfig } from "../private-tls/identity.ts";
import { createRoot, issue, type LeafOptions, type Pair } from "../x509.ts";

export type TestIdentity = LeafOptions & {
  /** "127.0.0.1" and "localhost" unless they are given. */
  readonly names?: readonly string[];
  /** Another one signs, and this one is said to have. */
  readonly signer?: TestAuthority;
  /** When it was made. */
  readonly at?: number;
  /** Of the files, where one role has several. */
  readonly name?: string;
};

export class TestAuthority implements AsyncDisposable {
  readonly folder: string;
  readonly root: Pair;

  static async create(): Promise<TestAuthority> {
    const folder = await mkdtemp(join(tmpdir(), "veche-internal-ca-"));
    const root = await createRoot("Internal authority of a test", Date.now());
    await writeFile(join(folder, "ca.pem"), root.certificate);
    return new TestAuthority(folder, root);
  }

  private constructor(folder: string, root: Pair) {
    this.folder = folder;
    this.root = root;
  }

  /** Settings of a process of the role: its files are made, or made anew. */
  async issue(role: string, given: TestIdentity = {}): Promise<PrivateTlsConfig> {
    const { names = ["127.0.0.1", "localhost"], signer = this, at = Date.now(), name = role, ...leaf } = given;
    const pair = await issue(signer.root, names, at, { commonName: role, isClient: true, ...leaf });
    const files = {
      VECHE_PRIVATE_TLS_CERT_FILE: join(this.folder, `${name}.crt`),
      VECHE_PRIVATE_TLS_KEY_FILE: join(this.folder, `${name}.key`),
      VECHE_PRIVATE_TLS_CA_FILE: join(signer.folder, "ca.pem"),
    };
    await writeFile(files.VECHE_PRIVATE_TLS_CERT_FILE, pair.certificate);
    await writeFile(files.VECHE_PRIVATE_TLS_KEY_FILE, pair.key, { mode: 0o600 });
    return files;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
