import { service } from "@veche/proto/facts.ts";
import { streams } from "@veche/proto/storage.ts";
import type { Bus } from "../bus.ts";
import type { Clock } from "../clock.ts";
import type { Context } from "../run.ts";
import { type Certificate, fingerprintOf, issuerOf, namesOf } from "./certificate.ts";
import type { ExpiryStep } from "./expiry.ts";

type Surroundings = Pick<Context, "role" | "instance" | "log"> & { readonly clock: Clock };

/** What is the case now. It is given again and again; what is new in it is said, and said again where that failed. */
export type CertificateState = {
  readonly certificate: Certificate;
  readonly step: ExpiryStep | undefined;
  readonly problem: string | undefined;
};

/**
 * Says `certificate-renewed` and `certificate-expiring`, the latter once for each certificate and step by all processes
 * of the role together, restarts included: what was said is read in the stream.
 */
export class CertificateFacts {
  readonly #context: Surroundings;
  #bus: Bus | undefined;
  #inUse: string | undefined;
  #said: Set<string> | undefined;
  #isBusy = false;

  constructor(context: Surroundings) {
    this.#context = context;
  }

  listen(bus: Bus): Disposable {
    this.#bus = bus;
    return {
      [Symbol.dispose]: () => {
        this.#bus = undefined;
      },
    };
  }

  async tell(state: CertificateState): Promise<void> {
    const fingerprint = fingerprintOf(state.certificate.leaf);
    this.#inUse ??= fingerprint;
    if (this.#bus?.isConnected !== true || this.#isBusy) return;
    this.#isBusy = true;
    try {
      if (this.#inUse !== fingerprint) {
        await this.#sayRenewed(this.#bus, state.certificate, fingerprint);
        this.#inUse = fingerprint;
      }
      if (state.step !== undefined) await this.#sayExpiring(this.#bus, state, state.step, fingerprint);
    } catch (error) {
      this.#context.log.warn({ err: error }, "the fact about the certificate was not stored");
    } finally {
      this.#isBusy = false;
    }
  }

  async #sayRenewed(bus: Bus, certificate: Certificate, fingerprint: string): Promise<void> {
    const { role, instance } = this.#context;
    const time = this.#time();
    const message = { role, instance, time, certificate: describe(certificate) };
    const id = `${role}-${instance}-certificate-renewed-${fingerprint}`;
    await bus.record(service.certificateRenewed, { role, instance }, message, this.#headers(id, time));
  }

  async #sayExpiring(bus: Bus, state: CertificateState, days: ExpiryStep, fingerprint: string): Promise<void> {
    const { role, instance } = this.#context;
    this.#said ??= await readSaid(bus, role);
    if (this.#said.has(keyOf(fingerprint, days))) return;
    const time = this.#time();
    const { certificate, problem = "" } = state;
    const message = { role, instance, time, certificate: describe(certificate), days, problem };
    const id = `${role}-certificate-expiring-${keyOf(fingerprint, days)}`;
    await bus.record(service.certificateExpiring, { role, instance }, message, this.#headers(id, time));
    this.#said.add(keyOf(fingerprint, days));
  }

  #time(): string {
    return new Date(this.#context.clock.now()).toISOString();
  }

  #headers(id: string, time: string) {
    return { id, source: `/${this.#context.role}/${this.#context.instance}`, time };
  }
}

function describe(certificate: Certificate) {
  const { leaf, kind } = certificate;
  return {
    kind,
    names: [...namesOf(leaf)],
    issuer: issuerOf(leaf),
    fingerprint: fingerprintOf(leaf),
    validFrom: leaf.validFromDate.toISOString(),
    validUntil: leaf.validToDate.toISOString(),
  };
}

async function readSaid(bus: Bus, role: string): Promise<Set<string>> {
  const said = new Set<string>();
  for await (const { body } of bus.replay(streams.service, `service.v1.${role}.*.certificate-expiring`)) {
    const { certificate, days } = body as { certificate?: { fingerprint?: string }; days?: number };
    if (certificate?.fingerprint !== undefined && days !== undefined) said.add(keyOf(certificate.fingerprint, days));
  }
  return said;
}

function keyOf(fingerprint: string, days: number): string {
  return `${fingerprint}-${days}`;
}
