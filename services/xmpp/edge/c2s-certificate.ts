import type { SecureContext } from "node:tls";
import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { Context } from "@veche/kit/run.ts";
import { secureContext } from "@veche/kit/tls/certificate.ts";
import { CertificateFacts } from "@veche/kit/tls/certificate-facts.ts";
import { CertificateFiles } from "@veche/kit/tls/certificate-files.ts";
import { keepFresh } from "@veche/kit/tls/keep-fresh.ts";
import type { Config } from "../config.ts";

type Edges = Context<Config> & { readonly clock: Clock };

/** The certificate of the port of ordinary clients, for whoever connects next. */
export class C2sCertificate implements AsyncDisposable {
  #context: SecureContext;
  readonly #facts: CertificateFacts;
  readonly #keeping: AsyncDisposable;

  /** Rejects where the files hold no certificate and its key. */
  static async open(edges: Edges): Promise<C2sCertificate> {
    const { XMPP_C2S_CERT_FILE: certificate, XMPP_C2S_KEY_FILE: key } = edges.config;
    if (certificate === "" || key === "") {
      throw new Error("XMPP_C2S_PORT needs XMPP_C2S_CERT_FILE and XMPP_C2S_KEY_FILE");
    }
    const files = await CertificateFiles.open({
      certificate: { setting: "XMPP_C2S_CERT_FILE", path: certificate },
      key: { setting: "XMPP_C2S_KEY_FILE", path: key },
      now: () => edges.clock.now(),
    });
    return new C2sCertificate(files, edges);
  }

  private constructor(files: CertificateFiles, edges: Edges) {
    this.#context = secureContext(files.current);
    this.#facts = new CertificateFacts(edges);
    const use = (fresh: CertificateFiles["current"]) => {
      this.#context = secureContext(fresh);
    };
    this.#keeping = keepFresh(files, use, { ...edges, facts: this.#facts });
  }

  get context(): SecureContext {
    return this.#context;
  }

  /** Facts about it are said there from now on. */
  listen(bus: Bus): Disposable {
    return this.#facts.listen(bus);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keeping[Symbol.asyncDispose]();
  }
}
