import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContext } from "node:tls";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";

const refreshMs = 10_000;

type Pair = { readonly chain: string; readonly key: string };

/** A certificate in two files, read again when they change. What can't be used leaves the present one in use. */
export class CertificateFiles implements Disposable {
  readonly #paths: { readonly chain: string; readonly key: string };
  readonly #log: Log;
  readonly #timer: Timer;
  #pair: Pair;
  #context: SecureContext;
  #problem = "";
  #isBusy = false;

  private constructor(paths: { chain: string; key: string }, pair: Pair, edges: { clock: Clock; log: Log }) {
    this.#paths = paths;
    this.#log = edges.log;
    this.#pair = pair;
    this.#context = contextOf(pair);
    this.#timer = edges.clock.every(refreshMs, () => void this.refresh());
  }

  /** Rejects where the files hold no certificate and its key. */
  static async open(chain: string, key: string, edges: { clock: Clock; log: Log }): Promise<CertificateFiles> {
    const paths = { chain, key };
    return new CertificateFiles(paths, await readPair(paths), edges);
  }

  get context(): SecureContext {
    return this.#context;
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
  }

  async refresh(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      const pair = await readPair(this.#paths);
      if (pair.chain !== this.#pair.chain || pair.key !== this.#pair.key) {
        this.#context = contextOf(pair);
        this.#pair = pair;
        this.#log.info({}, "certificate replaced");
      }
      this.#problem = "";
    } catch (error) {
      this.#tell(error instanceof Error ? error.message : String(error));
    } finally {
      this.#isBusy = false;
    }
  }

  #tell(problem: string): void {
    if (problem !== this.#problem) this.#log.warn({ problem }, "certificate");
    this.#problem = problem;
  }
}

async function readPair(paths: Pair): Promise<Pair> {
  const [chain, key] = await Promise.all([readFile(paths.chain, "utf8"), readFile(paths.key, "utf8")]);
  return { chain, key };
}

function contextOf({ chain, key }: Pair): SecureContext {
  const leaf = read("XMPP_C2S_CERT_FILE: expected a certificate in PEM", () => new X509Certificate(chain));
  const privateKey = read("XMPP_C2S_KEY_FILE: expected a private key in PEM", () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(privateKey)) throw new Error("XMPP_C2S_KEY_FILE: the key is not the certificate's");
  return createSecureContext({ cert: chain, key, minVersion: "TLSv1.2" });
}

function read<T>(expectation: string, reader: () => T): T {
  try {
    return reader();
  } catch (error) {
    throw new Error(expectation, { cause: error });
  }
}
