/**
 * TLS between hosts: private HTTP of one role, asked by another. Both show certificates of the installation's internal
 * authority, whose common name is the role.
 */
import type { Server } from "node:http";
import { isIP } from "node:net";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import type { RoleName } from "@veche/proto/roles.ts";
import { type Clock, systemClock, type Timer } from "../clock.ts";
import type { Context } from "../run.ts";
import { Gate, hostRemoved } from "./gate.ts";
import { type Identity, IdentityFiles, isPrivateTlsSet, type PrivateTlsConfig } from "./identity.ts";

/** How often the files are looked at. */
export const refreshMs = 10_000;
const warnBeforeMs = 14 * 24 * 3_600_000;

const otherRoleCode = "CERT_OF_ANOTHER_ROLE";
const revokedCode = "CERT_REVOKED";
/** As Node and OpenSSL name what they find wrong with a certificate. */
const distrustCodes = /^(CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|INVALID_|ERR_TLS_|ERR_SSL_)/;

/** Whether a connection failed since the certificate of who answered was not believed. */
export function isDistrust(error: unknown): error is Error {
  return error instanceof Error && "code" in error && distrustCodes.test(String(error.code));
}

type Surroundings = Pick<Context<PrivateTlsConfig>, "role" | "config" | "log" | "health">;

export class PrivateTls implements Disposable {
  readonly #context: Surroundings;
  readonly #clock: Clock;
  readonly #files: IdentityFiles;
  readonly #gates = new Set<Gate>();
  readonly #timer: Timer;
  #identity: Identity;
  #problem: string | undefined;
  #isBusy = false;
  #revoked: ReadonlySet<string> = new Set();

  /** Undefined where the settings are not given. Rejects with one clear line where they can't be used. */
  static async open(context: Surroundings, clock: Clock = systemClock): Promise<PrivateTls | undefined> {
    if (!isPrivateTlsSet(context.config)) return undefined;
    const files = await IdentityFiles.open(context.config, context.role, () => clock.now());
    return new PrivateTls(context, clock, files, await files.read());
  }

  private constructor(context: Surroundings, clock: Clock, files: IdentityFiles, identity: Identity) {
    this.#files = files;
    this.#context = context;
    this.#clock = clock;
    this.#identity = identity;
    this.#tell(this.#expiry());
    this.#timer = clock.every(refreshMs, () => void this.refresh());
  }

  /**
   * Lets none through to the server but processes of `callers`, and, where it is open to loopback, plain HTTP of this very
   * host. Before it listens, and after whatever wants to hear of its connections.
   */
  guard(server: Server, callers: readonly RoleName[], { isOpenToLoopback = true } = {}): Disposable {
    const { log } = this.#context;
    const isRevoked = (serial: string) => this.#revoked.has(serial);
    const rules = { callers, isOpenToLoopback, isRevoked };
    const gate = new Gate(server, rules, this.#identity, { clock: this.#clock, log });
    this.#gates.add(gate);
    server.once("close", () => this.#gates.delete(gate));
    return gate;
  }

  /** Serial numbers of certificates that let nobody in from now on, all of them; open connections with them end. */
  revoke(serials: ReadonlySet<string>): void {
    this.#revoked = serials;
    for (const gate of this.#gates) gate.cutOff();
  }

  /** For a connection to that host, name or address, where a process of the role has to answer. */
  clientOptions(role: RoleName, host: string): ConnectionOptions {
    const { cert, key, ca } = this.#identity;
    return {
      cert,
      key,
      ca,
      minVersion: "TLSv1.3",
      // An address is no server name; and a Host header, which is the public one, must not become it.
      servername: isIP(host) === 0 ? host : "",
      checkServerIdentity: (_name, certificate) => {
        if (this.#revoked.has(certificate.serialNumber))
          return Object.assign(new Error(`${host}: ${hostRemoved}`), { code: revokedCode });
        const name: unknown = certificate.subject.CN;
        if (name === role) return checkServerIdentity(host, certificate);
        const problem = `${host}: expected a certificate of "${role}", found one of "${String(name)}"`;
        return Object.assign(new Error(problem), { code: otherRoleCode });
      },
    };
  }

  /** Whether others, who reach this process at that host, find it in its certificate. */
  names(host: string): boolean {
    const { leaf } = this.#identity;
    return (isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)) !== undefined;
  }

  /** What can't be used leaves the present certificate in use. */
  async refresh(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      const fresh = await this.#files.read();
      if (fresh.cert !== this.#identity.cert || fresh.key !== this.#identity.key || fresh.ca !== this.#identity.ca) {
        this.#identity = fresh;
        for (const gate of this.#gates) gate.use(fresh);
        this.#context.log.info({ until: fresh.leaf.validTo }, "private certificate replaced");
      }
      this.#tell(this.#expiry());
    } catch (error) {
      this.#tell(error instanceof Error ? error.message : String(error));
    } finally {
      this.#isBusy = false;
    }
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
  }

  #expiry(): string | undefined {
    const { validTo, validToDate } = this.#identity.leaf;
    const leftMs = validToDate.getTime() - this.#clock.now();
    if (leftMs <= 0) return `the private certificate ended on ${validTo}`;
    return leftMs < warnBeforeMs ? `the private certificate ends on ${validTo}` : undefined;
  }

  #tell(problem: string | undefined): void {
    const { health, log } = this.#context;
    // Until it has ended the others take it: a warning is enough.
    const hasEnded = this.#identity.leaf.validToDate.getTime() <= this.#clock.now();
    health.set("private-tls", hasEnded ? "the private certificate has ended" : undefined);
    if (problem !== undefined && problem !== this.#problem) log.warn({ problem }, "private certificate");
    this.#problem = problem;
  }
}

export { privateTlsSchema } from "./identity.ts";
