/** One trunk: what is asked of it goes through Kamailio, to the server that answered last. */
import type { Clock } from "@veche/kit/clock.ts";
import type { IncomingResponseMessage, URI } from "sip.js/lib/core/index.js";
import { Credentials } from "../digest.ts";
import type { Registration, Trunk } from "../signalling.ts";
import type { Server } from "../trunk-addresses.ts";
import { type TrunkAnswer, TrunkWatch } from "../trunk-watch.ts";
import { literal } from "../way-out.ts";
import { type Agent, type Agents, parseUri } from "./agents.ts";
import { makeCallId } from "./outgoing.ts";
import { nextHop, type Proofs } from "./proofs.ts";

export type TrunkLineOptions = {
  readonly agents: Agents;
  readonly proofs: Proofs;
  readonly clock: Clock;
  readonly trunk: Trunk;
  /** What is registered, and what OPTIONS bear. */
  readonly contact: URI;
  /** Where it is just now. */
  readonly servers: () => readonly Server[];
  readonly onChange: (registration: Registration) => void;
};

export class TrunkLine implements AsyncDisposable {
  /** For its calls, too. */
  readonly credentials: Credentials | undefined;
  readonly #options: TrunkLineOptions;
  readonly #agent: Agent;
  readonly #watch: TrunkWatch;
  readonly #tag = makeCallId().slice(0, 10);
  #cseq = 0;
  /** Of the servers, counted on past each that did not answer. */
  #choice = 0;

  constructor(options: TrunkLineOptions) {
    const { agents, clock, trunk, contact, onChange } = options;
    const { account } = trunk;
    this.#options = options;
    this.credentials = account && new Credentials(account.user, account.password);
    this.#agent = agents.open(makeCallId(), { contact, aor: contact, credentials: this.credentials });
    this.#watch = new TrunkWatch({ clock, trunk, onChange, ask: (method, expiresS) => this.#ask(method, expiresS) });
  }

  get registration(): Registration {
    return this.#watch.registration;
  }

  get server(): Server | undefined {
    const servers = this.#options.servers();
    return servers[this.#choice % servers.length];
  }

  /** Kamailio is there (again). */
  start(): void {
    this.#watch.start();
  }

  /** Kamailio is away. */
  stop(): void {
    this.#watch.stop();
  }

  /** Takes the registration back; resolves when that is done, or has taken too long. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watch[Symbol.asyncDispose]();
    this.#agent[Symbol.dispose]();
  }

  async #ask(method: "REGISTER" | "OPTIONS", expiresS: number | undefined): Promise<TrunkAnswer> {
    const { server } = this;
    // Nobody knows its name just now.
    if (!server) return unanswered(503);
    const { proofs, trunk, contact } = this.#options;
    const proof = await proofs.of(trunk, server, contact);
    if (proof?.ok === false) {
      this.#choice += 1;
      return unanswered(proof.status);
    }
    const answer = await this.#send(method, expiresS, server, proof?.headers ?? []);
    const status = answer.statusCode ?? 500;
    if (status === 408 || status >= 500 || (status >= 477 && status <= 479)) this.#choice += 1;
    const header = (name: string) => answer.getHeader(name);
    return { status, header, grantedS: grantedS(answer, contact) };
  }

  #send(
    method: "REGISTER" | "OPTIONS",
    expiresS: number | undefined,
    server: Server,
    proof: readonly string[],
  ): Promise<IncomingResponseMessage> {
    const { trunk } = this.#options;
    const { account } = trunk;
    const domain = account?.domain ?? trunk.server;
    const there = parseUri(`sip:${literal(domain)}`);
    const self = there.clone();
    self.user = account?.user ?? "veche";
    const { core, contact, callId } = this.#agent;
    this.#cseq += 1;
    const isRegister = method === "REGISTER";
    const message = core.makeOutgoingRequestMessage(
      method,
      there,
      self,
      isRegister ? self : there,
      { callId, cseq: this.#cseq, fromTag: this.#tag },
      [contact, ...nextHop(trunk, server), ...proof, isRegister ? `Expires: ${expiresS}` : "Accept: application/sdp"],
    );
    return new Promise((resolve) => {
      const told = ({ message: answer }: { message: IncomingResponseMessage }) => {
        // A challenge is answered with a CSeq of its own.
        this.#cseq = Math.max(this.#cseq, message.cseq);
        resolve(answer);
      };
      core.request(message, { onAccept: told, onReject: told, onRedirect: told });
    });
  }
}

function unanswered(status: number): TrunkAnswer {
  return { status, header: () => undefined, grantedS: undefined };
}

/** Of our own contact among those that the registrar lists; else of the answer as a whole. */
function grantedS(answer: IncomingResponseMessage, contact: URI): number | undefined {
  for (let index = 0; index < answer.getHeaders("contact").length; index++) {
    const listed = answer.parseHeader("contact", index) as
      | { uri: URI; getParam(name: string): string | undefined | null }
      | undefined;
    const isOurs =
      listed?.uri.user === contact.user && listed?.uri.host === contact.host && listed?.uri.port === contact.port;
    const expires = Number(listed?.getParam("expires") ?? Number.NaN);
    if (isOurs && expires > 0) return expires;
  }
  const expires = Number(answer.getHeader("expires") ?? Number.NaN);
  return expires > 0 ? expires : undefined;
}
